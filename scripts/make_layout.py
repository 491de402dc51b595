"""Draw the folders of `src/ordercli` and what each of them imports, from the imports themselves."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "ordercli"
GROUND = "ground"
BEGIN, END = "<!-- layout: made by `make docs` -->\n", "<!-- end of layout -->\n"


def layout() -> str:
    """Return the picture (Mermaid), and a table with the first line of each docstring.

    A module that lies above a folder is drawn like a folder; those below all folders share one box.
    """
    ranks = _ranks()
    folders = [path.name for path in sorted(PACKAGE.iterdir()) if (path / "__init__.py").exists()]
    modules = [path.stem for path in sorted(PACKAGE.glob("[a-z]*.py"))]
    lowest = max(ranks[folder] for folder in folders)
    files = {folder: f"{folder}/" for folder in folders}
    files |= {module: f"{module}.py" for module in modules if ranks[module] < lowest}
    order = sorted(files, key=ranks.__getitem__)
    edges = _reduced(_imports(order))
    drawn = [f"    {above} --> {below}" for above in order for below in [*order, GROUND] if (above, below) in edges]
    alone = ", ".join(module for module in modules if module not in files)
    nodes = [*(f"    {name}[{files[name]}]" for name in order), f'    {GROUND}["{alone}"]']
    rows = [f"| `{files[name]}` | {_purpose(PACKAGE / files[name])} |" for name in order]
    picture = "\n".join(["```mermaid", "flowchart TD", *nodes, *drawn, "```"])
    table = "\n".join(["| folder | what it holds |", "|---|---|", *rows])
    return f"{BEGIN}{picture}\n\n{table}\n{END}"


def contributing() -> str:
    """Return CONTRIBUTING.md with a fresh layout in the place of the one that it has."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    before, rest = text.split(BEGIN)
    return before + layout() + rest.split(END)[1]


def _ranks() -> dict[str, int]:
    """Return the place of each folder in the layers that import-linter checks, the top one first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    return {name.strip(): rank for rank, layer in enumerate(layers) for name in layer.split("|")}


def _imports(folders: list[str]) -> set[tuple[str, str]]:
    graph = grimp.build_graph("ordercli", exclude_type_checking_imports=True, cache_dir=None)
    found = set()
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            above, below = (_folder(module, folders) for module in (importer, imported))
            if above not in {below, GROUND}:
                found.add((above, below))
    return found


def _folder(module: str, folders: list[str]) -> str:
    name = f"{module}.".split(".")[1]
    return name if name in folders else GROUND


def _reduced(edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Leave out each import that a longer way shows as well."""
    return {(above, below) for above, below in edges if not _leads(edges - {(above, below)}, above, below)}


def _leads(edges: set[tuple[str, str]], start: str, end: str) -> bool:
    return any(below == end or _leads(edges, below, end) for above, below in edges if above == start)


def _purpose(path: Path) -> str:
    file = path / "__init__.py" if path.is_dir() else path
    return (ast.get_docstring(ast.parse(file.read_text("utf-8"))) or "").partition("\n")[0].rstrip(".")
