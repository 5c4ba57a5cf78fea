"""Tests of the checks under .ci: `python3 -m unittest discover -s .ci/lib`."""
import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True


def script(name):
    """A script of .ci as a module."""
    path = str(pathlib.Path(__file__).resolve().parents[1] / name)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class Names(unittest.TestCase):
    files = ["README.md", "crates/ws-frame/src/mask.rs", "crates/ws-frame/src/deflate/inflater.rs", "crates/ws-frame/Cargo.toml"]

    def missing(self, text):
        return script("names").missing(text, self.files)

    def test_paths_begin_at_the_root_or_under_crates(self):
        self.assertEqual(self.missing("`crates/ws-frame/src/mask.rs` `ws-frame/src/` [`mask.rs`](README.md)"), [])
        self.assertEqual(self.missing("`frame/src/mask.rs`"), ["frame/src/mask.rs"])

    def test_later_names_of_a_line_may_be_short(self):
        self.assertEqual(self.missing("`ws-frame/src/mask.rs`, `deflate/inflater.rs`, `inflater.rs`, `Cargo.toml`"), [])
        self.assertEqual(self.missing("`mask.rs`"), ["mask.rs"])
        self.assertEqual(self.missing("`ws-frame/src/deflate/`, `gone.rs`"), ["gone.rs"])

    def test_what_is_no_path_is_not_asked(self):
        self.assertEqual(self.missing("`Connection`, `connect(\"wss://a/b\")`, `Server::poll`, `#[test]`, `a = b/c`"), [])

    def test_a_star_stands_for_a_name(self):
        self.assertEqual(self.missing("`crates/*/src/mask.rs`"), [])
        self.assertEqual(self.missing("`crates/*/mask.rs`"), ["crates/*/mask.rs"])


class Jobs(unittest.TestCase):
    def test_blank_lines_and_comments_do_not_count(self):
        self.assertEqual(script("jobs").lines("//! A program.\n\nfn main() {\n    // why\n    run(\"// no comment\"); // a call\n}\n"), 3)

    def test_a_longer_program_is_named(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(script("jobs").compare({"json": (30, 30), "room": (31, 30)}), ["room"])

    def test_each_job_has_a_program_on_both_sides(self):
        jobs = script("jobs")
        self.assertEqual(jobs.unpaired(jobs.JOBS, jobs.JOBS), [])
        self.assertEqual(jobs.unpaired(jobs.JOBS[1:], [*jobs.JOBS, "more"]), [jobs.JOBS[0], "more"])


class Directions(unittest.TestCase):
    @staticmethod
    def faults(name, dependency, kind=None, optional=False, features=None):
        dependencies = [{"name": dependency, "kind": kind, "optional": optional}]
        return script("directions").faults([{"name": name, "dependencies": dependencies, "features": features or {}}])

    def test_dependencies_point_one_way(self):
        self.assertEqual(self.faults("ws-server", "ws-frame"), [])
        self.assertEqual(len(self.faults("ws-frame", "ws-server")), 1)
        self.assertEqual(len(self.faults("ws-frame", "ws-handshake")), 1)
        self.assertEqual(len(self.faults("ws-stream", "mio")), 1)
        self.assertEqual(len(self.faults("ws-server", "tokio")), 1)
        self.assertEqual(self.faults("ws-stream", "tokio", kind="dev"), [])

    def test_rustls_is_behind_a_feature(self):
        self.assertEqual(self.faults("ws-server", "rustls", optional=True), [])
        self.assertEqual(len(self.faults("ws-server", "rustls")), 1)
        on = {"default": ["tls"], "tls": ["dep:rustls"]}
        self.assertEqual(len(self.faults("ws-server", "rustls", optional=True, features=on)), 1)
        self.assertEqual(len(self.faults("ws-stream", "rustls", optional=True)), 1)

    def test_a_new_crate_has_to_be_entered(self):
        self.assertEqual(len(self.faults("ws-other", "log")), 1)

    def test_files_of_a_type_call_each_other_in_one_direction(self):
        cycles = script("directions").cycles
        low = "impl<T: Read> Door<T> {\n    fn shut(&mut self) {}\n    fn is_shut(&self) -> bool { true }\n}\n"
        high = "impl<T: Read> Door<T> {\n    pub(crate) fn slam(&mut self) { self.shut(); }\n}\n"
        self.assertEqual(cycles({"low.rs": low, "high.rs": high}), [])
        back = low.replace("true", "self.slam()")
        self.assertEqual(len(cycles({"low.rs": back, "high.rs": high})), 2)
        through = {"low.rs": low.replace("true", "self.lock()"), "high.rs": high, "mid.rs": high.replace("slam", "lock")}
        self.assertEqual(len(cycles(through)), 2)
        self.assertEqual(cycles({"low.rs": low.replace("{ true }", "{ true } // self.slam()"), "high.rs": high}), [])
        other = "impl fmt::Debug for Window<'_> {\n    fn fmt(&self) { self.slam(); }\n}\n"
        self.assertEqual(cycles({"low.rs": low + other, "high.rs": high}), [])

    def test_two_types_of_one_name_are_told_apart(self):
        cycles = script("directions").cycles
        entry = "struct Entry;\nimpl Entry {\n    fn rows(&self) { self.row(); }\n    fn row(&self) {}\n}\n"
        self.assertEqual(cycles({"a.rs": entry, "b.rs": entry}), [])

    def test_only_the_server_takes_the_whole_server(self):
        whole_servers = script("directions").whole_servers
        text = "fn send<T>(server: &mut Server<T>) {}\n"
        self.assertEqual(whole_servers({"server/mod.rs": text, "lib.rs": "/// `Server<T>`\nimpl ServerConfig {}"}), [])
        self.assertEqual(len(whole_servers({"overload.rs": text, "gate.rs": "impl Drop for Server {}"})), 2)


class Imports(unittest.TestCase):
    @staticmethod
    def circles(**sources):
        return script("lib/imports.py").circles({name.replace("__", "/") + ".rs": text for name, text in sources.items()})

    def test_files_that_import_from_each_other_form_a_circle(self):
        rules = "use crate::header::MAX;\npub(crate) struct Rules;\nconst A: u8 = MAX;\n"
        header = "use crate::rules::Rules;\npub(crate) const MAX: u8 = 1;\nstruct Header(Rules);\n"
        self.assertEqual(len(self.circles(rules=rules, header=header)), 2)
        self.assertEqual(self.circles(rules=rules, header=header.replace("Rules", "Other")), [])
        wire = "pub(crate) use crate::header::MAX;\n"
        self.assertEqual(len(self.circles(rules=rules.replace("header", "wire"), header=header, wire=wire)), 2)

    def test_a_module_and_its_child_count(self):
        parent = "mod child;\nuse child::{self, Part as Other};\npub(crate) struct Whole(Other);\n"
        child = "use super::Whole;\npub(super) struct Part;\nfn f(_: &Whole) {}\n"
        self.assertEqual(len(self.circles(whole__mod=parent, whole__child=child)), 2)
        self.assertEqual(self.circles(whole__mod=parent, whole__child=child.replace("Whole", "Self")), [])

    def test_paths_without_an_import_count(self):
        self.assertEqual(len(self.circles(a="pub(crate) fn f() { crate::b::g() }\n", b="pub(crate) fn g() { crate::a::f() }\n")), 2)

    def test_a_name_that_is_only_passed_on_is_no_import(self):
        parent = "mod child;\npub use child::Part;\npub(crate) struct Whole;\n"
        child = "use super::Whole;\npub struct Part(Whole);\n"
        self.assertEqual(self.circles(whole__mod=parent, whole__child=child), [])

    def test_comments_visibility_and_tests_do_not_count(self):
        parent = "mod child;\nuse child::Part;\npub(crate) struct Whole(Part);\n"
        child = "//! [`super::Whole`]\npub(in crate::whole) struct Part;\n#[cfg(test)]\nmod tests {\n    use crate::whole::Whole;\n    struct A(Whole);\n}\n"
        self.assertEqual(self.circles(whole__mod=parent, whole__child=child), [])


class Metadata(unittest.TestCase):
    good = {
        "description": "d", "keywords": ["k"], "categories": ["c"], "readme": "README.md", "license": "MIT", "rust_version": "1.88",
        "version": "0.2.0", "metadata": {"docs": {"rs": {"all-features": True}}}, "features": {}, "dependencies": [],
    }

    def faults(self, **changed):
        return list(script("metadata").faults({**self.good, **changed}))

    def test_all_fields_are_asked(self):
        self.assertEqual(self.faults(), [])
        for field in ("description", "keywords", "categories", "readme", "license", "rust_version", "metadata"):
            self.assertEqual(len(self.faults(**{field: None})), 1, field)
        self.assertEqual(len(self.faults(version="0.1.9")), 1)

    def test_path_dependencies_have_versions(self):
        path = {"name": "other", "path": "/other", "req": "*", "kind": None}
        self.assertEqual(len(self.faults(dependencies=[path])), 1)
        self.assertEqual(self.faults(dependencies=[{**path, "req": "^0.2.0"}]), [])

    def test_no_feature_reaches_into_an_unpublished_crate(self):
        kit = {"name": "kit", "path": "/kit", "req": "*", "kind": "dev"}
        self.assertEqual(self.faults(dependencies=[kit]), [])
        self.assertEqual(len(self.faults(dependencies=[kit], features={"deflate": ["kit/deflate"]})), 1)


class Columns(unittest.TestCase):
    @staticmethod
    def lines(name, *lines):
        return [number for number, _ in script("columns").long_lines(name, "\n".join(lines))]

    def test_comments_and_prose_are_asked(self):
        words = "word " * 30
        self.assertEqual(self.lines("a.rs", f"/// {words}", f"    let a = 1; // {words}", f"let a = \"{words}\";"), [1, 2])
        self.assertEqual(self.lines("a.md", words, f"| {words} |", "```", words, "```", words), [1, 6])
        self.assertEqual(self.lines("a.toml", f"# {words}", f"description = \"{words}\""), [1])

    def test_a_url_or_a_table_is_not(self):
        self.assertEqual(self.lines("a.rs", f"/// <https://example.com/{'a' * 120}>", f"/// | {'a ' * 60} |"), [])
        self.assertEqual(self.lines("a.rs", f"    let url = \"https://example.com/{'a ' * 60}\";"), [])

    def test_100_columns_are_not_too_many(self):
        self.assertEqual(self.lines("a.rs", "/// a " + "b" * 94, "/// a " + "b" * 95), [2])


class Openings(unittest.TestCase):
    def test_only_the_first_line_of_an_item_is_asked(self):
        clauses = script("openings").clauses
        self.assertEqual(list(clauses("//! What a server does.\n\n/// Timeouts.\n/// When they expire …\nfn a() {}\n    /// How long.\n")), [1, 6])
        self.assertEqual(list(clauses("/// Whether it is open.\n// As before.\n/// Assembles a message.\n")), [])


class DocLinks(unittest.TestCase):
    @staticmethod
    def dead(**pages):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in pages.items():
                path = pathlib.Path(folder, name.replace("__", "/") + ".html")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return [link for _, link in script("doc-links").check(pathlib.Path(folder))[1]]

    def test_a_link_leads_to_a_page_and_an_anchor(self):
        page = '<a href="../b/index.html#limits">limits</a> <a href=#here>here</a> <h2 id=here>'
        self.assertEqual(self.dead(a__index=page, b__index='<h2 id="limits">'), [])
        self.assertEqual(self.dead(a__index=page, b__index="no anchor"), ["../b/index.html#limits"])
        self.assertEqual(self.dead(a__index=page), ["../b/index.html#limits"])
        self.assertEqual(self.dead(a__index='<a href="crate::Bounds">Bounds</a>'), ["crate::Bounds"])

    def test_text_other_sites_and_repeated_text_are_not_asked(self):
        page = 'href="gone.html" <a href="https://example.com/gone">x</a><h2 id="blanket-implementations"><a href="super::Span">Span</a>'
        self.assertEqual(self.dead(a__index=page), [])


class Features(unittest.TestCase):
    def test_each_set_is_asked_once(self):
        combinations = script("features").combinations
        self.assertEqual(combinations([], False), [["--no-default-features"]])
        self.assertEqual(len(combinations(["default", "a", "b"], False)), 5)
        self.assertEqual(len(combinations(["default", "a", "b"], True)), 6)


if __name__ == "__main__":
    unittest.main()
