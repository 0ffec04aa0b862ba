"""Which function carries out which verb?"""

from __future__ import annotations

from channels.standin.carrier.bridge import WHISPERS
from channels.standin.carrier.conversation import Verbs
from channels.standin.carrier.dial import dial
from channels.standin.carrier.queues import enqueue
from channels.standin.carrier.recording import record
from channels.standin.carrier.speech import reject

VERBS: Verbs = {**WHISPERS, "Dial": dial, "Enqueue": enqueue, "Record": record, "Reject": reject}
