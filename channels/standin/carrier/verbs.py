"""Which function carries out which verb?"""

from __future__ import annotations

from channels.standin.carrier.bridge import WHISPERS, dial
from channels.standin.carrier.conversation import Verbs
from channels.standin.carrier.recording import record
from channels.standin.carrier.speech import reject

VERBS: Verbs = {**WHISPERS, "Dial": dial, "Record": record, "Reject": reject}
