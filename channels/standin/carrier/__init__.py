"""The practice carrier: Twilio's REST dialect and its webhooks on loopback, with scripted callees.

It fakes conversations: who rings, who answers, what is said and pressed, in which order it is told to the application.
It does not fake, since nobody could learn anything true from it: sound, the quality of a synthetic voice, speech
recognition (a transcription repeats the words the caller was given, or fails), accuracy and delay of machine
detection, prices and bills, whether a carrier delivers a call, STIR and spam labels, how many people answer, permits
and registrations, and parameters, attributes and filters that Twilio does not document or that nothing here would
carry out: these are refused instead. Its figures say nothing about people.

One exchange (`exchange.py`) holds the state. `rest*.py` takes orders; `line.py` and `inbound.py` live a call, through
`ringing.py` and a `conversation.py` whose verbs are `speech`, `dial` (to `bridge`, `queues` or `conference`) and
`recording`; `control.py` and `phone.py` are for tests, rehearsals and people. README.md lists scripts, faults, paths.
"""
