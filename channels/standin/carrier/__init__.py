"""The practice carrier: Twilio's REST dialect and its webhooks on loopback, with scripted callees.

It fakes a conversation, never audio, prices, answer rates or the accuracy of machine detection. One exchange
(`exchange.py`) holds the state; `rest.py` takes orders, `line.py` lives one call, `control.py` is for tests.
"""
