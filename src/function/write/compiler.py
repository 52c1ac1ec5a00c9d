def code(spec):
    text, free, owner, file, line, qualname, flags = spec
    free, file, flags = free or (), file or "<pickle>", flags or 0
    kind, up = "exec", "\n" * ((line or 1) - 1)
    is_lambda = text.lstrip().startswith("lambda")
    tree = compile(up + ("(" + text + "\n)" if is_lambda else text), file, kind, flags | 1024, True).body[0]
    name = "<lambda>" if is_lambda else tree.name
    head = "def _(" + ", ".join(n for n in free if n != "__class__" or not owner) + "):\n "
    outside = owner or (None if is_lambda else name)
    if outside and outside not in free:
        head += "global " + outside + "\n "
    if owner:
        head += "class " + owner + ":\n  "
    wrapped = compile(head + "0", file, kind, flags | 1024, True)
    body = wrapped.body[0].body
    (body[-1].body if owner else body).append(tree)
    found = compile(wrapped, file, kind, flags, True)
    inner = lambda code: [item for item in code.co_consts if hasattr(item, "co_code")][-1]
    for _ in range(3 if owner else 2):
        found = inner(found)
    while found.co_name != name:
        found = inner(found)
    if found.co_freevars != tuple(free):
        raise ImportError("%s has the free variables %r, not %r" % (qualname or name, found.co_freevars, free))
    return found.replace(co_qualname=qualname) if qualname and hasattr(found, "co_qualname") else found
