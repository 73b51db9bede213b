"""HTTP triggers: what a function sees of a request, and what a caller sees of a function."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.host.harness import App

SOURCE = """
@app.route(route="echo/{name?}", methods=["GET", "POST"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("echoing")
    seen = {"route": dict(req.route_params), "query": dict(req.params), "headers": dict(req.headers),
            "body": list(req.get_body()), "url": req.url, "method": req.method}
    return func.HttpResponse(json.dumps(seen), status_code=202, headers={"X-Kept": "yes"}, mimetype="application/json")

@app.route(route="echo/literal")
async def literal(req: func.HttpRequest) -> str:
    return "the literal one"

@app.route(route="files/{*path}")
def files(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params["path"])

@app.route(route="numbers/{n:int}")
def numbers(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params["n"])

@app.route()
def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise LookupError("no such thing")

@app.route()
def invocation(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return func.HttpResponse(context.invocation_id)
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("http"), SOURCE, CONTAINER_NAME="must be unset by the host")
    yield app
    app.child.stop()


def echoed(app: App, path: str, **options: Any) -> Any:
    return requests.request("POST", f"{app.url}/api/{path}", timeout=5, **options).json()


def text(app: App, path: str) -> str:
    answer = requests.get(f"{app.url}{path}", timeout=5)
    assert answer.status_code == 200
    return answer.text


def test_the_ready_line_names_every_function(app: App) -> None:
    assert app.ready["functions"] == ["echo", "literal", "files", "numbers", "broken", "invocation"]


def test_a_function_sees_the_body_as_bytes(app: App) -> None:
    assert echoed(app, "echo", data=b"\x00\xff{")["body"] == [0, 255, 123]


def test_header_names_arrive_in_lower_case(app: App) -> None:
    assert echoed(app, "echo", headers={"X-MS-Client": "Ada"})["headers"]["x-ms-client"] == "Ada"


def test_repeated_query_values_are_joined_by_commas(app: App) -> None:
    assert echoed(app, "echo?a=1&b=2&a=3")["query"] == {"a": "1,3", "b": "2"}


def test_route_parameters_are_decoded_text(app: App) -> None:
    assert echoed(app, "echo/a%2Fb%20c")["route"] == {"name": "a/b c"}


def test_an_absent_optional_parameter_is_left_out(app: App) -> None:
    assert echoed(app, "echo")["route"] == {}


def test_a_literal_route_wins_over_a_parameter(app: App) -> None:
    assert text(app, "/api/echo/literal") == "the literal one"


def test_a_catch_all_takes_the_rest_of_the_path(app: App) -> None:
    assert text(app, "/api/files/a/b/c.txt") == "a/b/c.txt"


def test_a_constrained_route_refuses_other_values(app: App) -> None:
    assert text(app, "/api/numbers/12") == "12"
    assert requests.get(f"{app.url}/api/numbers/twelve", timeout=5).status_code == 404


def test_status_headers_and_type_of_the_answer_are_the_functions(app: App) -> None:
    answer = requests.get(f"{app.url}/api/echo", timeout=5)
    assert (answer.status_code, answer.headers["X-Kept"]) == (202, "yes")
    assert answer.headers["Content-Type"] == "application/json"


def test_an_exception_is_a_500_with_an_empty_body(app: App) -> None:
    answer = requests.get(f"{app.url}/api/broken", timeout=5)
    assert (answer.status_code, answer.content) == (500, b"")


def test_an_exception_is_logged_with_its_function_type_and_message(app: App) -> None:
    requests.get(f"{app.url}/api/broken", timeout=5)
    assert "error host: broken failed: LookupError('no such thing')" in app.log
    assert "Traceback" in app.log


def test_log_lines_of_the_app_name_the_running_function(app: App) -> None:
    echoed(app, "echo")
    assert " info echo: echoing" in app.log


@pytest.mark.parametrize(("method", "path"), [("GET", "/api/nowhere"), ("DELETE", "/api/echo"), ("GET", "/echo")])
def test_what_no_route_answers_is_a_404(app: App, method: str, path: str) -> None:
    assert requests.request(method, app.url + path, timeout=5).status_code == 404


def test_each_invocation_has_an_id_of_its_own(app: App) -> None:
    assert text(app, "/api/invocation") != text(app, "/api/invocation")
