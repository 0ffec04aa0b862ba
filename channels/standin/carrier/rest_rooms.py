"""How does the API show and steer queues, conferences and recordings?"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from channels.standin.carrier.conference import EVENTS, end, tell
from channels.standin.carrier.exchange import Exchange
from channels.standin.carrier.refusals import error, strange
from channels.standin.carrier.rest import Rest, form_of, paged, unknown
from channels.standin.carrier.rooms import Conference, Participant, Queue, Recording, Waiting
from channels.standin.carrier.webhooks import is_loopback

PAGES = {"PageSize", "Page"}


class Rooms:
    """The Queues, Conferences and Recordings resources, as much of them as there is something to show for."""

    def __init__(self, exchange: Exchange, rest: Rest) -> None:
        self.exchange, self.rest = exchange, rest

    def routes(self) -> list[Route]:
        """What may be asked and done."""
        room, one = "Conferences/{room}", "Conferences/{room}/Participants/{sid}"
        paths = (
            ("Queues", self.queues, "GET"),
            ("Queues", self.open, "POST"),
            ("Queues/{queue}", self.queue, "GET"),
            ("Queues/{queue}/Members", self.members, "GET"),
            ("Queues/{queue}/Members/{sid}", self.dequeue, "POST"),
            ("Conferences", self.conferences, "GET"),
            (room, self.conference, "GET"),
            (room, self.end, "POST"),
            (f"{room}/Participants", self.participants, "GET"),
            (one, self.participant, "GET"),
            (one, self.change, "POST"),
            (one, self.remove, "DELETE"),
            ("Recordings", self.recordings, "GET"),
            ("Recordings/{sid}", self.recording, "GET"),
            ("Recordings/{sid}", self.forget, "DELETE"),
        )
        return [self.rest.route(path, handler, method) for path, handler, method in paths]

    # ---- queues

    def _queue(self, request: Request) -> Queue | None:
        sid = request.path_params["queue"]
        return next((queue for queue in self.exchange.queues.values() if queue.sid == sid), None)

    async def queues(self, request: Request) -> Response:
        """All queues."""
        return paged(request, "queues", list(self.exchange.queues.values()), Queue.resource)

    async def open(self, request: Request) -> Response:
        """A queue before its first caller, where its size matters."""
        form = {name: values[0] for name, values in (await form_of(request)).items()}
        name, size = form.get("FriendlyName", ""), form.get("MaxSize", "100")
        if not name or name in self.exchange.queues or not size.isdigit():
            return error(20001, "Give a FriendlyName that no queue has, and as MaxSize a whole number.")
        return JSONResponse(self.exchange.queue(name, int(size)).resource(), 201)

    async def queue(self, request: Request) -> Response:
        """One queue."""
        found = self._queue(request)
        return JSONResponse(found.resource()) if found else unknown(request)

    async def members(self, request: Request) -> Response:
        """Who waits in it."""
        found = self._queue(request)
        return paged(request, "queue_members", found.waiting, Waiting.resource) if found else unknown(request)

    async def dequeue(self, request: Request) -> Response:
        """Lead one caller, or the one in `Front`, to another document."""
        found, sid = self._queue(request), request.path_params["sid"]
        waiting = [each for each in (found.waiting if found else []) if sid in ("Front", each.leg.call.sid)]
        if not waiting:
            return unknown(request)
        url = (await form_of(request)).get("Url", [""])[0]
        if not is_loopback(url):
            return error(21205, f"Url is not a valid URL on this machine (practice stays here): {url!r}")
        waiting[0].leg.redirect = (url, "")
        waiting[0].leg.wake()
        return JSONResponse(waiting[0].resource())

    # ---- conferences

    def _room(self, request: Request) -> Conference | None:
        return self.exchange.conferences.get(request.path_params["room"])

    def _one(self, request: Request) -> tuple[Conference, Participant] | None:
        room, sid = self._room(request), request.path_params["sid"]
        here = [one for one in (room.present if room else []) if sid in (one.leg.call.sid, one.label or None)]
        return (room, here[0]) if room and here else None

    async def conferences(self, request: Request) -> Response:
        """All of this name and state."""
        query = request.query_params
        if refused := strange(set(query), PAGES | {"FriendlyName", "Status"}):
            return refused
        rooms = [
            room
            for room in self.exchange.conferences.values()
            if query.get("FriendlyName", room.name) == room.name and query.get("Status", room.status) == room.status
        ]
        return paged(request, "conferences", rooms, Conference.resource)

    async def conference(self, request: Request) -> Response:
        """One conference."""
        room = self._room(request)
        return JSONResponse(room.resource()) if room else unknown(request)

    async def end(self, request: Request) -> Response:
        """`Status=completed`: everybody out."""
        room = self._room(request)
        if room is None:
            return unknown(request)
        if (await form_of(request)) != {"Status": ["completed"]}:
            return error(20001, "Of a conference only Status=completed is played here.")
        end(room, "conference-ended-via-api")
        return JSONResponse(room.resource())

    async def participants(self, request: Request) -> Response:
        """Who is in it."""
        room = self._room(request)
        return paged(request, "participants", room.present, room.participant) if room else unknown(request)

    async def participant(self, request: Request) -> Response:
        """One of them, by the call's SID or the label."""
        found = self._one(request)
        return JSONResponse(found[0].participant(found[1])) if found else unknown(request)

    async def change(self, request: Request) -> Response:
        """Mute, hold, and who ends it."""
        found = self._one(request)
        form = {name: values[0] for name, values in (await form_of(request)).items()}
        if found is None:
            return unknown(request)
        room, one = found
        names = {"Muted": "muted", "Hold": "hold", "EndConferenceOnExit": "ends"}
        if refused := strange(set(form), set(names)):
            return refused
        for name, value in form.items():
            setattr(one, names[name], value.lower() == "true")
            event = {"Muted": "mute", "Hold": "hold"}.get(name)
            if event in EVENTS:
                await tell(self.exchange, room, event, one)
        return JSONResponse(room.participant(one))

    async def remove(self, request: Request) -> Response:
        """Out of the conference; the call goes on with its document."""
        found = self._one(request)
        if found is None:
            return unknown(request)
        found[1].removed = True
        found[1].leg.wake()
        return Response(status_code=204)

    # ---- recordings

    async def recordings(self, request: Request) -> Response:
        """All, or those of one call."""
        query = request.query_params
        if refused := strange(set(query), PAGES | {"CallSid"}):
            return refused
        kept = [
            each for each in self.exchange.recordings.values() if query.get("CallSid", each.call_sid) == each.call_sid
        ]
        return paged(request, "recordings", kept, Recording.resource)

    async def recording(self, request: Request) -> Response:
        """One recording; there is no sound to it."""
        kept = self.exchange.recordings.get(request.path_params["sid"])
        return JSONResponse(kept.resource()) if kept else unknown(request)

    async def forget(self, request: Request) -> Response:
        """It is gone."""
        kept = self.exchange.recordings.pop(request.path_params["sid"], None)
        return Response(status_code=204) if kept else unknown(request)
