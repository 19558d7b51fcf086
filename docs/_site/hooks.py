"""What mkdocs is told beyond `mkdocs.yml`.

- The project's own documents (CONTRIBUTING and the like) and the questions in SQL become pages.
- A link to any other file of the repository becomes its name: the site holds no code. One to a
  file that is not there stays, and fails the strict build.
- The theme's script names hosts it asks when features are used that this site does not use; they
  are taken out, so that nothing can be asked for.
"""

import posixpath
import re
import shutil
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]

# Where documents from outside docs/ stand in the site; those that are not there are left out.
ADOPTED = {
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "SECURITY.md": "project/security.md",
    "benchmarks/README.md": "project/benchmarks.md",
    "ingest/snapshot/README.md": "project/embedded-data.md",
}
LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
OTHER_HOSTS = re.compile(rb"https://(?:unpkg\.com|api\.github\.com)/[^\"'`$]*")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are no files under docs/."""
    for source, place in ADOPTED.items():
        if (ROOT / source).exists():
            text = (ROOT / source).read_text(encoding="utf-8")
            files.append(File.generated(config, place, content=text))
    for question in sorted((ROOT / "docs" / "sql").glob("*.sql")):
        text = question.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix("-- ")
        page = f"# {title}\n\n```sh\nplumbline sql - < docs/sql/{question.name}\n```\n\n"
        page += f"```sql\n{text.partition(chr(10))[2].strip()}\n```\n\n"
        page += "One of the [questions in SQL](README.md).\n"
        files.append(File.generated(config, f"sql/{question.stem}.md", content=page))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Lead links to where their files stand in the site."""
    place = page.file.src_uri
    origin = next((source for source, at in ADOPTED.items() if at == place), f"docs/{place}")
    return LINK.sub(lambda link: _led(link, origin, place, files), markdown)


def _led(link: re.Match[str], origin: str, place: str, files: Any) -> str:
    text, target, anchor = link[1], link[2], link[3] or ""
    if not target or "://" in target or target.startswith("mailto:"):
        return link[0]
    named = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
    at = ADOPTED.get(named) or _page_of(named)
    if at and files.get_file_from_path(at):
        return f"[{text}]({posixpath.relpath(at, posixpath.dirname(place) or '.')}{anchor})"
    if (ROOT / named).exists():
        return text if text.startswith("`") else f"{text} (`{named}`)"
    return link[0]


def _page_of(named: str) -> str | None:
    """The page that a file or directory of docs/ is shown as."""
    if named != "docs" and not named.startswith("docs/"):
        return "index.md" if named == "README.md" else None
    inside = named.removeprefix("docs").lstrip("/")
    if (ROOT / named).is_dir():
        return posixpath.join(inside, "README.md" if inside else "index.md")
    return inside.removesuffix(".sql") + ".md" if inside.endswith(".sql") else inside


def on_post_build(config: Any) -> None:
    """Take other hosts out of the theme's script, and the search's other languages away."""
    shutil.rmtree(Path(config.site_dir, "assets", "javascripts", "lunr"))
    for script in Path(config.site_dir, "assets", "javascripts").glob("*.js"):
        script.write_bytes(OTHER_HOSTS.sub(b"", script.read_bytes()))
