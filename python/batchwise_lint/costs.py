"""Work that each call of run() does again: the rule load-in-run, and what makes small mini-batches dear."""

import ast

from batchwise_lint.module import dotted, finding, last_name, walk_own

LOADERS = {
    "joblib.load",
    "torch.load",
    "torch.jit.load",
    "pickle.load",
    "spacy.load",
    "onnx.load",
    "tf.saved_model.load",
}
LOADER_NAMES = {"load_model", "InferenceSession", "from_pretrained", "SentenceTransformer"}
STARTERS = {
    "subprocess.run": "starts a program",
    "subprocess.call": "starts a program",
    "subprocess.check_call": "starts a program",
    "subprocess.check_output": "starts a program",
    "subprocess.Popen": "starts a program",
    "os.system": "starts a program",
    "os.popen": "starts a program",
}
CONNECTORS = {"connect", "create_engine", "MongoClient", "BlobServiceClient"}
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def find(module):
    for call, name in find_loads(module):
        message = "%s() is called by each run(): the model is loaded for every mini-batch" % name
        yield finding("load-in-run", call, message)


def collect(module):
    """What one call of run() costs however few files it gets."""
    costs = [(call, "loads the model") for call, _ in find_loads(module) if not is_in_loop(module, call)]
    run = module.functions.get("run")
    for call in walk_own(run) if run is not None else []:
        if not isinstance(call, ast.Call) or is_in_loop(module, call):
            continue
        what = STARTERS.get(dotted(call.func) or "")
        if what is None and last_name(call.func) in CONNECTORS:
            what = "opens a connection"
        if what is not None:
            costs.append((call, what))
    return [{"what": what, "line": call.lineno, "column": call.col_offset + 1} for call, what in costs]


def find_loads(module):
    for function in module.reached:
        if function.name == "init" or any(is_cache(each) for each in function.decorator_list):
            continue
        varying = find_varying(function)
        for call in walk_own(function):
            if not isinstance(call, ast.Call) or is_filled_once(module, call, function):
                continue
            name = dotted(call.func)
            if name not in LOADERS and last_name(call.func) not in LOADER_NAMES:
                continue
            used = {
                node.id for each in call.args + call.keywords for node in ast.walk(each) if isinstance(node, ast.Name)
            }
            if not used & varying:
                yield call, name or last_name(call.func)


def find_varying(function):
    """Names that may stand for an item: parameters, and whatever is made from them."""
    varying = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
    for _ in range(5):
        size = len(varying)
        for node in ast.walk(function):
            if isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
                source, target = node.iter, node.target
            elif isinstance(node, ast.Assign):
                source, target = node.value, ast.Tuple(elts=node.targets)
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                source, target = node.context_expr, node.optional_vars
            else:
                continue
            if any(isinstance(each, ast.Name) and each.id in varying for each in ast.walk(source)):
                varying |= {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
        if len(varying) == size:
            break
    return varying


def is_cache(decorator):
    name = last_name(decorator.func if isinstance(decorator, ast.Call) else decorator)
    return name is not None and "cache" in name


def is_filled_once(module, node, function):
    """`if model is None: model = load()`, and `if not model`."""
    for each in module.ancestors(node):
        if each is function:
            return False
        if isinstance(each, ast.If) and (
            any(isinstance(operator, (ast.Is, ast.NotIn)) for operator in getattr(each.test, "ops", []))
            or (isinstance(each.test, ast.UnaryOp) and isinstance(each.test.op, ast.Not))
        ):
            return True
    return False


def is_in_loop(module, node):
    return any(isinstance(each, LOOPS) for each in module.ancestors(node))
