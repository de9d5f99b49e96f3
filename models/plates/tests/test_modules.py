"""usage: /usr/bin/python3 -m unittest discover -s models/plates/tests     (a second)"""
import ast
import os
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.dirname(HERE)


def modules() -> dict[str, str]:
    """Name of each module: its file."""
    found = {}
    for place, _, files in os.walk(FOLDER):
        if place == HERE:
            continue
        for name in files:
            if name.endswith('.py'):
                path = os.path.join(place, name)
                dotted = os.path.relpath(path, FOLDER)[:-3].replace(os.sep, '.')
                found[dotted.removesuffix('.__init__')] = path
    return found


def imports(path: str, names: dict[str, str]) -> set[str]:
    """Modules of ours that a file names anywhere: for types alone, or in a function, is a use as well."""
    with open(path, encoding='utf-8') as file:
        tree = ast.parse(file.read())
    used = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f'{node.module}.{alias.name}' for alias in node.names} & set(names)
            used |= parts or {node.module}
    return used & set(names)


class ModuleTests(unittest.TestCase):
    def test_modules_use_one_another_in_no_circle(self):
        names = modules()
        uses = {name: imports(path, names) for name, path in names.items()}
        self.assertIn('drawing.brush', uses['drawing.canvas'])
        while free := [name for name, used in uses.items() if not used & set(uses)]:
            for name in free:
                del uses[name]
        self.assertEqual(uses, {})


if __name__ == '__main__':
    unittest.main()
