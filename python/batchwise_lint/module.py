"""A scoring script as a tree, with what several rules ask of it: its functions, and which of them run() reaches."""

import ast

from batchwise_worker.check import collect_bindings

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = FUNCTIONS + (ast.Lambda, ast.ClassDef)
EXITS = {"sys.exit", "exit", "quit", "os._exit", "os.abort"}


class Module:
    """`functions`: those at the top by name. `bound`: every name that the module binds. `parents`: node to the node
    around it."""

    def __init__(self, path, tree, source):
        self.path = path
        self.tree = tree
        self.source = source
        self.functions = {node.name: node for node in tree.body if isinstance(node, FUNCTIONS)}
        self.bound = {}
        collect_bindings(tree.body, self.bound)
        self.parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
        self.reached = self._find_reached("run")

    def _find_reached(self, name):
        """Functions of the module that a call of `name` may call in turn, itself included."""
        reached, waiting = [], [name]
        while waiting:
            function = self.functions.get(waiting.pop())
            if function is None or function in reached:
                continue
            reached.append(function)
            waiting.extend(node.id for node in ast.walk(function) if isinstance(node, ast.Name))
        return reached

    def ancestors(self, node):
        """The nodes around a node, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function_of(self, node):
        """The innermost function around a node, or None at the top of the module."""
        return next((each for each in self.ancestors(node) if isinstance(each, FUNCTIONS)), None)

    def top_function_of(self, node):
        """The function at the top of the module that a node stands in, or None."""
        found = [each for each in self.ancestors(node) if isinstance(each, FUNCTIONS)]
        return found[-1] if found and found[-1] in self.functions.values() else None

    def is_for_main(self, node):
        """Whether a node stands below `if __name__ == "__main__":`, which never runs in a job."""
        return any(isinstance(each, ast.If) and is_main_test(each.test) for each in self.ancestors(node))


def is_main_test(test):
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.comparators[0], ast.Constant)
        and test.comparators[0].value == "__main__"
    )


def walk_own(node):
    """The nodes below a function that belong to itself, not to functions and classes inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, SCOPES):
            yield from walk_own(child)


def dotted(node):
    """`os.path.join` as text, or None when a node is no dotted name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return None if owner is None else owner + "." + node.attr
    return None


def last_name(node):
    """`join` of `os.path.join`, also where what stands before it is no plain name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else None


def find_argument(call, index, *keywords):
    """An argument of a call by place or by keyword, or None."""
    if index is not None and len(call.args) > index:
        argument = call.args[index]
        return None if isinstance(argument, ast.Starred) else argument
    return next((each.value for each in call.keywords if each.arg in keywords), None)


def finding(rule, node, message, **more):
    return dict(more, rule=rule, line=node.lineno, column=node.col_offset + 1, message=message)
