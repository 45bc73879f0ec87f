"""Fuzz entry: paths that the gate is asked for."""

from urllib.parse import unquote

from imprint.gate import routing
from imprint.gate.model import NameStanding, Upstream
from imprint.http.routes import route_of
from imprint.refusals import Malformed

UPSTREAM = Upstream(label="registry.example.test", url="https://registry.example.test/")
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")


def one_input(data: bytes) -> None:
    """Any path has a destination for every method and standing, or is Malformed.

    Nothing of ours goes upstream, nothing that writes does, and no path that is passed on steps
    out of `/-/`.
    """
    path = data.decode("latin-1")
    try:
        route = route_of(path, existing=True)
    except Malformed as err:
        assert err.message.isprintable()  # noqa: PT017 - no test, an entry
        return
    package = routing.package_of(route)
    for method in METHODS:
        if route is None or package is None:
            found = routing.nameless_destination(route, method, path)
            if isinstance(found, routing.PassThrough):
                assert method in routing.READS
                assert path.startswith("/-/")
                plain = unquote(path)
                assert not {"..", "."} & set(plain.split("/"))
                assert not {"\\", "%"} & set(plain)
            continue
        for standing in NameStanding:
            found = routing.destination(
                route, method, path, package=package, standing=standing, upstream=UPSTREAM
            )
            stays = isinstance(found, routing.Own | routing.Denied)
            assert stays or (standing is NameStanding.UPSTREAM and method in routing.READS)
