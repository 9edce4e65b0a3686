"""The built front end: its pages, and the files that they load, as they are sent.

Files have a hash of their content in their names, so they are kept by browsers for ever; pages
name the files and are asked about each time. All of it is ours: a page's policy lets it load
nothing from another host, and run nothing that is not in one of these files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from analytics_gql.doors.encodings import IDENTITY, choose_encoding, encode
from analytics_gql.doors.etag import is_match

_SUFFIXES = {"br": ".br", "gzip": ".gz"}
_BOOT = b"<!--boot-->"
_MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'self'; "
    "form-action 'none'; frame-ancestors 'none'"
)
STRICT_POLICY = _POLICY.format(style="'self'")
EDITOR_POLICY = _POLICY.format(style="'self' 'unsafe-inline'")
"""Of the explorer: its editor (Monaco) writes rules for its colours into the page."""


@dataclass(frozen=True, slots=True)
class FrontEnd:
    """What `npm run build` made: pages by name, and the names of files with their encodings.

    Without a build there are no pages, and `page` says what to do.
    """

    folder: Path
    pages: Mapping[str, bytes]
    files: Mapping[str, tuple[str, ...]]

    def page(self, request: Request, name: str, boot: Mapping[str, Any], base: str) -> Response:
        """A page, with what it starts from written into it.

        `base` is the way from the page's path to that of `/`, whatever a proxy has put before it.
        """
        html = self.pages.get(name)
        if html is None:
            return missing_build()
        body = html.replace(_BOOT, _written(boot, base), 1)
        encoding = choose_encoding(request.headers.get("accept-encoding"))
        tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}-{encoding}"'
        headers = {
            "cache-control": "no-cache",
            "content-security-policy": EDITOR_POLICY if name == "explorer" else STRICT_POLICY,
            "etag": tag,
            "vary": "Accept-Encoding",
        }
        if is_match(request.headers.get("if-none-match", ""), tag):
            return Response(None, 304, headers)
        if encoding != IDENTITY:
            headers["content-encoding"] = encoding
        return Response(
            encode(body, encoding), headers=headers, media_type="text/html; charset=utf-8"
        )

    async def file(self, request: Request) -> Response:
        """A file that a page loads. Raises HTTPException where the build has none of that name."""
        name = request.path_params["name"]
        # Names come from the listing alone: no path can lead elsewhere.
        encodings = self.files.get(name)
        if encodings is None:
            raise HTTPException(404)
        encoding = choose_encoding(request.headers.get("accept-encoding"), encodings)
        tag = f'"{name}-{encoding}"'
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "etag": tag,
            "vary": "Accept-Encoding",
        }
        if is_match(request.headers.get("if-none-match", ""), tag):
            return Response(None, 304, headers)
        if encoding != IDENTITY:
            headers["content-encoding"] = encoding
        path = self.folder / "assets" / f"{name}{_SUFFIXES.get(encoding, '')}"
        if not path.is_file():  # another build has taken its place since the start
            raise HTTPException(404)
        media_type = _MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
        return FileResponse(path, headers=headers, media_type=media_type)


def read_front_end(folder: Path) -> FrontEnd:
    """What a folder has of a build; nothing of it is needed."""
    pages = {path.stem: path.read_bytes() for path in folder.glob("*.html")}
    assets = {path.name for path in folder.glob("assets/*")}
    packed = tuple(_SUFFIXES.values())
    files = {
        name: tuple(encoding for encoding, suffix in _SUFFIXES.items() if name + suffix in assets)
        for name in assets
        if not name.endswith(packed)
    }
    return FrontEnd(folder, pages, files)


def built_front_end() -> Path:
    """Where the build of this package is, if there is one: in a wheel as in a source tree."""
    return Path(__file__).parents[1] / "explorer" / "dist"


def _written(boot: Mapping[str, Any], base: str) -> bytes:
    # A data block is no script, whatever the policy; `<` would end it.
    data = orjson.dumps(boot).replace(b"<", b"\\u003c")
    return b'<base href="%b" /><script type="application/json" id="boot">%b</script>' % (
        base.encode(),
        data,
    )


def missing_build() -> Response:
    """What a source tree without a build answers in place of a page: how to make one."""
    # No policy of its own: there is nothing in it that runs or loads.
    return Response(
        _MISSING, 503, {"cache-control": "no-store"}, media_type="text/html; charset=utf-8"
    )


_MISSING = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>The pages are not built - analytics-gql</title>
<h1>The pages are not built</h1>
<p>The server answers questions at <code>/graphql</code>, but its pages (home, explorer and
dashboards) have to be built from their source. In the source tree, run</p>
<pre>pip install -e .</pre>
<p>which brings Node along, or, with Node 22 or newer,</p>
<pre>cd analytics_gql/explorer &amp;&amp; npm ci &amp;&amp; npm run build</pre>
<p>and start the server again. Packages come from npm's registry, which has to be reachable.</p>
</html>
"""
