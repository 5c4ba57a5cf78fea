"""Which source file of a crate takes names from which other, and which of them form circles.

A path is followed to the file that defines its item: what a file re-exports belongs to the file
that has it, and a re-export alone is no import. Comments, documentation and unit tests are left
out.
"""
import collections
import pathlib
import re

VISIBLE = r"(?:pub(?:\([^)]*\))?\s+)?"
ITEM = re.compile(
    rf"^[ \t]*{VISIBLE}(?:unsafe\s+|async\s+|extern\s+\"C\"\s+)*(?:const\s+)?(struct|enum|trait|fn|const|static|type|union|mod)\s+(\w+)", re.M
)
MACRO = re.compile(r"\bmacro_rules!\s*(\w+)")
USE = re.compile(rf"\b({VISIBLE})use\s+([^;]+);")
PATH = re.compile(r"(?<![\w:])(\w+(?:::\w+)+)")


def plain(text):
    """A file without comments, the text in strings, and unit tests."""
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    text = re.sub(r"pub\(in [\w:]+\)", "pub(super)", text)
    return re.split(r"#\[cfg\((?:all\()?test\b[^\n]*\]\s*(?:#\[[^\]]*\]\s*)*mod \w+ \{", text)[0]


def module_of(path):
    """`connection/read.rs` → ("connection", "read"); `connection/mod.rs` → ("connection",)."""
    parts = pathlib.PurePosixPath(path).with_suffix("").parts
    return parts[:-1] if parts[-1] in ("mod", "lib", "main") else parts


def branches(tree, before=()):
    """The paths of a use tree, each with the name that it has afterwards."""
    tree = tree.strip()
    at = tree.find("{")
    head, _, alias = (tree if at < 0 else tree[:at]).partition(" as ")
    path = (*before, *(part.strip() for part in head.split("::") if part.strip()))
    if at < 0:
        name = alias.strip() or (path[-2] if path[-1] == "self" else path[-1])
        yield (path[:-1] if path[-1] == "self" and len(path) > 1 else path), name
        return
    depth, start, inner = 0, 0, tree[at + 1 : tree.rfind("}")]
    for index, letter in enumerate(inner + ","):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            if inner[start:index].strip():
                yield from branches(inner[start:index], path)
            start = index + 1


class Crate:
    """The modules of a crate, made from the texts of its files by their paths below `src`."""

    def __init__(self, sources):
        self.files = {module_of(path): path for path in sources}
        self.texts = {module_of(path): plain(text) for path, text in sources.items()}
        self.items = {module: self.defined(text) for module, text in self.texts.items()}
        self.traits = {name for text in self.texts.values() for kind, name in ITEM.findall(text) if kind == "trait"}
        self.uses = {module: [(bool(visible), *branch) for visible, tree in USE.findall(text) for branch in branches(tree)]
                     for module, text in self.texts.items()}

    @staticmethod
    def defined(text):
        return {name for _, name in ITEM.findall(text)} | set(MACRO.findall(text))

    def absolute(self, module, path):
        """A path as seen from the root of the crate, or None if it leads elsewhere."""
        first = path[0]
        if first == "crate":
            return path[1:]
        if first == "self":
            return module + path[1:]
        if first == "super":
            while path and path[0] == "super":
                module, path = module[:-1], path[1:]
            return module + path
        return module + path if module + (first,) in self.files else None

    def home(self, module, path, seen=frozenset()):
        """The module whose file defines what a path names, or None."""
        path = self.absolute(module, path)
        if path is None or path in seen:
            return None
        length = next(length for length in range(len(path), -1, -1) if path[:length] in self.files)
        place, rest = path[:length], path[length:]
        if not rest or rest[0] in self.items[place] or rest[0] == "*":
            return place
        for _, target, name in self.uses[place]:
            if name == rest[0]:
                return self.home(place, target, seen | {path}) or (None if self.absolute(place, target) is None else place)
        for _, target, name in self.uses[place]:
            if name == "*" and (found := self.home(place, target[:-1] + rest[:1], seen | {path})):
                return found
        return None

    def imports(self):
        """File → the other files whose items it names, each with these names."""
        found = collections.defaultdict(lambda: collections.defaultdict(set))
        for module, text in self.texts.items():
            body = re.sub(r"\bmod \w+;", "", USE.sub("", text))
            words = set(re.findall(r"\w+", body))
            paths = [target for visible, target, name in self.uses[module]
                     if name in words or name == "*" and not visible or not visible and target[-1] in self.traits]
            aliases = {name: target for _, target, name in self.uses[module]}
            for path in PATH.findall(body):
                parts = tuple(path.split("::"))
                if parts[0] in aliases and module + parts[:1] not in self.files:
                    parts = aliases[parts[0]] + parts[1:]
                paths.append(parts)
            for path in paths:
                home = self.home(module, path)
                if home is not None and home != module:
                    found[self.files[module]][self.files[home]].add(path[-1])
        return found


def reached(after, start):
    seen, waiting = set(), [start]
    while waiting:
        for other in set(after.get(waiting.pop(), ())) - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def circles(sources):
    """The files from whose imports a way leads back to them, with what they import."""
    found = Crate(sources).imports()
    return [
        f"{path} takes {', '.join(sorted(names))} of {other}, from where imports lead back"
        for path, others in sorted(found.items()) for other, names in sorted(others.items()) if path in reached(found, other)
    ]
