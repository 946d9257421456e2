import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from mojika.errors import UserError
from mojika.files.urls import Url
from mojika.scans.request import Refused
from mojika.scans.web import Web

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def client(tmp_path) -> Web:
    return Web(tmp_path, pause=0, wait=0, tries=3)


@pytest.fixture
def page(web) -> Url:
    web.objects["/a page.jpg"] = CONTENT
    return Url.parse(f"{web.address}/a%20page.jpg")


def test_a_file_is_fetched_once_by_a_client_that_says_who_it_is(client, web, page):
    assert client.fetched(page).read_bytes() == CONTENT
    assert client.fetched(page).read_bytes() == CONTENT
    assert web.fetches() == ["/a page.jpg"]
    [agent] = web.agents
    assert agent.startswith("Mojika/")


def test_a_copy_that_was_changed_is_fetched_anew(client, web, page):
    client.fetched(page).write_bytes(b"x" * len(CONTENT))
    assert client.fetched(page).read_bytes() == CONTENT
    assert len(web.fetches()) == 2


def test_what_may_be_newer_is_asked_for_and_kept_where_it_is_not(client, web, page):
    client.fetched(page, again=True)
    assert client.fetched(page, again=True).read_bytes() == CONTENT
    web.objects["/a page.jpg"] = b"newer"
    assert client.fetched(page, again=True).read_bytes() == b"newer"
    web.statuses["/a%20page.jpg"] = 503
    assert client.fetched(page, again=True).read_bytes() == b"newer"


@pytest.mark.parametrize("ranges, begins", [(True, "bytes=512000-"), (False, "bytes=512000-")])
def test_an_interrupted_download_is_continued(client, web, page, ranges, begins):
    web.cuts, web.ranges = 2, ranges
    assert client.fetched(page).read_bytes() == CONTENT
    asked = [wanted for _, _, wanted in web.requests]
    assert asked[:2] == ["", begins] and len(asked) == 3


def test_another_run_continues_what_the_first_one_left(tmp_path, web, page):
    web.cuts = 1
    with pytest.raises(UserError, match="broke off after 512,000 of 1,024,000 bytes; the same command continues"):
        Web(tmp_path, pause=0, wait=0, tries=0).fetched(page)
    assert Web(tmp_path, pause=0, wait=0).fetched(page).read_bytes() == CONTENT
    assert [wanted for _, _, wanted in web.requests] == ["", "bytes=512000-"]


def test_a_part_of_an_older_version_is_begun_anew(tmp_path, web, page):
    web.cuts = 1
    with pytest.raises(UserError):
        Web(tmp_path, pause=0, wait=0, tries=0).fetched(page)
    web.objects["/a page.jpg"] = CONTENT[::-1]
    assert Web(tmp_path, pause=0, wait=0).fetched(page).read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("status", [416, 206])
def test_a_server_that_cannot_continue_is_asked_for_all(tmp_path, web, page, status):
    web.cuts = 1
    with pytest.raises(UserError):
        Web(tmp_path, pause=0, wait=0, tries=0).fetched(page)
    web.first["/a%20page.jpg"] = [(status, {"Content-Range": "bytes 900000-900000/1024000"})]
    assert Web(tmp_path, pause=0, wait=0).fetched(page).read_bytes() == CONTENT


@pytest.mark.parametrize("asked", [lambda: "1", lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=2))])
def test_the_server_says_when_to_come_back(tmp_path, web, page, asked):
    web.first["/a%20page.jpg"] = [(429, {"Retry-After": asked()})]
    begun = time.monotonic()
    assert Web(tmp_path, pause=0, wait=0).fetched(page).read_bytes() == CONTENT
    assert 0.9 < time.monotonic() - begun < 5


def test_a_server_that_asks_for_hours_is_left_to_the_user(client, web, page):
    web.first["/a%20page.jpg"] = [(503, {"Retry-After": "86400"})]
    for number in (1, 2):
        with pytest.raises(UserError, match=r"^127.0.0.1:\d+ asks to come back in 86,(400|399) s"):
            client.fetched(Url.parse(f"{web.address}/a%20page.jpg?{number}"))
    assert len(web.requests) == 1


def test_the_copy_serves_while_the_server_wants_no_requests(client, web, page):
    client.fetched(page)
    web.first["/b"] = [(429, {"Retry-After": "900"})]
    with pytest.raises(UserError, match="asks to come back in 900 s; the same command continues"):
        client.fetched(Url.parse(f"{web.address}/b"))
    assert client.fetched(page, again=True).read_bytes() == CONTENT
    assert len(web.requests) == 2


def test_waiting_grows_until_there_are_no_more_tries(tmp_path, web, page):
    web.statuses["/a%20page.jpg"] = 500
    begun = time.monotonic()
    with pytest.raises(UserError, match=r"a%20page.jpg: no answer \(500 Internal Server Error\)"):
        Web(tmp_path, pause=0, wait=0.1, tries=3).fetched(page)
    assert time.monotonic() - begun > 0.3 and len(web.requests) == 3


def test_a_host_that_gave_no_answer_is_not_waited_for_again_at_each_file(client, web, page):
    web.statuses |= {"/a%20page.jpg": 503, "/b": 503}
    for name in ["a%20page.jpg", "b", "b"]:
        with pytest.raises(UserError, match="no answer"):
            client.fetched(Url.parse(f"{web.address}/{name}"))
    assert len(web.requests) == 3 + 1 + 1
    del web.statuses["/a%20page.jpg"]
    client.fetched(page)
    with pytest.raises(UserError, match="no answer"):
        client.fetched(Url.parse(f"{web.address}/b"))
    assert len(web.requests) == 5 + 1 + 3


def test_what_is_not_there_is_asked_for_once(client, web):
    with pytest.raises(Refused, match="/none: the server does not give it .404 Not Found"):
        client.fetched(Url.parse(f"{web.address}/none"))
    assert len(web.requests) == 1


def test_nobody_there_is_one_line(client):
    with pytest.raises(UserError, match="127.0.0.1:1/x: no answer .*Connection refused"):
        client.fetched(Url.parse("http://127.0.0.1:1/x"))


def test_redirections_are_followed_on_the_web_only(client, web, page):
    web.redirections["/moved"] = "/a%20page.jpg"
    assert client.fetched(Url.parse(f"{web.address}/moved")).read_bytes() == CONTENT
    for target in ["file:///etc/passwd", "ftp://host/file", "s3://bucket/key", "//", "/circle"]:
        web.redirections["/circle"] = target
        with pytest.raises(UserError, match="/circle: is redirected|expected"):
            client.fetched(Url.parse(f"{web.address}/circle"))


def test_nobody_leads_further_into_the_network(client, web, page):
    web.redirections["/in"] = "http://169.254.169.254/latest/meta-data"
    with pytest.raises(UserError, match="leads to 169.254.169.254, an address of the local network"):
        client.fetched(Url.parse(f"{web.address}/in"))
    for inner in ["127.0.0.1", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]:
        with pytest.raises(UserError, match="address of the local network"):
            client.fetched(Url.parse(f"http://{inner}/x"), named_by=Url.parse("https://8.8.8.8/manifest"))
    assert client.fetched(page, named_by=Url.parse("http://127.0.0.1/manifest")).read_bytes() == CONTENT


def test_a_host_gets_one_request_at_a_time_with_pauses_between(tmp_path, web):
    web.objects |= {f"/{number}": CONTENT for number in range(4)}
    urls = [Url.parse(f"{web.address}/{number}") for number in range(4)]
    begun = time.monotonic()
    threads = [threading.Thread(target=Web(tmp_path, pause=0.15).fetched, args=(url,)) for url in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun >= 0.45 and len(web.fetches()) == 4


def test_the_same_file_is_fetched_by_one_of_two_threads(client, web, page):
    threads = [threading.Thread(target=client.fetched, args=(page,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(web.fetches()) == 1


def test_a_cache_that_cannot_be_written_is_one_line(web, page, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="file: cannot be written: Not a directory; set MOJIKA_CACHE"):
        Web(tmp_path / "file").fetched(page)
