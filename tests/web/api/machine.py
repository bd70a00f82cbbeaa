"""A station as the API meets it: every request is signed by its key, as the living process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from card_drivers.order import Enrolled, Start
from card_drivers.station.identity import Identity

HERE = "/api/station"


class Machine:
    """One process of a station, on a folder of its own or on a copy of another's."""

    def __init__(self, client: FlaskClient, folder: Path) -> None:
        self.identity = Identity(folder)
        self.application = client.application
        self._client = client

    def enrol(self, token: str) -> TestResponse:
        """Bring the keys; who we are is remembered when the register took them."""
        body = self.identity.enrolment().model_dump_json()
        headers = {"Authorization": f"Bearer {token}"}
        answer = self._client.post(f"{HERE}/enrolment", data=body, headers=headers)
        if answer.status_code == 200:
            self.identity.enrolled(Enrolled.model_validate_json(answer.data))
        return answer

    def start(self) -> TestResponse:
        """Say that this process starts."""
        start = Start(before=self.identity.before_start(), host="test")
        answer = self.post(f"{HERE}/start", data=start.model_dump_json())
        if answer.status_code == 204:
            self.identity.started()
        return answer

    def get(self, path: str) -> TestResponse:
        return self.open(path, "GET")

    def post(self, path: str, data: str | bytes = b"", json: Any = None) -> TestResponse:
        return self.open(path, "POST", data, json)

    def open(self, path: str, method: str, data: str | bytes = b"", body: Any = None) -> TestResponse:
        sent = json.dumps(body).encode() if body is not None else data.encode() if isinstance(data, str) else data
        headers = self.identity.headers(method, path, sent)
        return self._client.open(path, method=method, data=sent, headers=headers)
