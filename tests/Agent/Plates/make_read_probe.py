#!/usr/bin/python3
"""Write plate-read-probe.onnx: a plate reader without training that reads stripes, in the contract of plate-read.

usage: /usr/bin/python3 tests/Agent/Plates/make_read_probe.py            writes the file beside this script

Four columns of the crop are one step; its class is the one whose luma 7 * class is nearest to their mean (0 = black = blank).
The first block reads the whole height, the others the upper and the lower half, unless those are of the same luma: a
one-line plate is read once. The number of crops is free.
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CLASSES = 37


def main() -> None:
    centers = (7 * np.arange(CLASSES, dtype=np.float32))[None, None]
    blank = np.eye(1, CLASSES, dtype=np.float32)[None] * 1000
    constants = {
        'centers': centers, 'blank': blank, 'sharpness': np.float32(-1), 'small': np.float32(4), 'hundred': np.float32(100),
        'column': np.array([0, -1, 1], np.int64), 'split': np.array([32, 32], np.int64), 'ones': np.ones((1, 1, 1), np.float32)}
    nodes = [
        helper.make_node('AveragePool', ['image'], ['whole'], kernel_shape=[64, 4], strides=[64, 4]),
        helper.make_node('AveragePool', ['image'], ['halves'], kernel_shape=[32, 4], strides=[32, 4]),
        helper.make_node('Reshape', ['whole', 'column'], ['w']),
        helper.make_node('Reshape', ['halves', 'column'], ['h']),
        helper.make_node('Split', ['h', 'split'], ['upper', 'lower'], axis=1),
        # How far the halves lie apart, over the whole plate: two lines when it is more than "small".
        helper.make_node('Sub', ['upper', 'lower'], ['apart']),
        helper.make_node('Abs', ['apart'], ['distance']),
        helper.make_node('ReduceMax', ['distance'], ['farthest'], axes=[1, 2], keepdims=1),
        helper.make_node('Sub', ['farthest', 'small'], ['beyond']),
        helper.make_node('Mul', ['beyond', 'hundred'], ['steep']),
        helper.make_node('Sigmoid', ['steep'], ['two']),
        helper.make_node('Sub', ['ones', 'two'], ['one']),
    ]
    for name, source, part in (('a', 'w', 'one'), ('b', 'upper', 'two'), ('c', 'lower', 'two')):
        other = 'two' if part == 'one' else 'one'
        nodes += [
            helper.make_node('Sub', [source, 'centers'], [name + '0']),
            helper.make_node('Mul', [name + '0', name + '0'], [name + '1']),
            helper.make_node('Mul', [name + '1', 'sharpness'], [name + '2']),
            helper.make_node('Mul', [name + '2', part], [name + '3']),
            helper.make_node('Mul', ['blank', other], [name + '4']),
            helper.make_node('Add', [name + '3', name + '4'], [name]),
        ]
    nodes += [
        helper.make_node('Concat', ['a', 'b', 'c'], ['logits'], axis=1),
        helper.make_node('LogSoftmax', ['logits'], ['logp'], axis=2),
    ]
    graph = helper.make_graph(
        nodes, 'plate-read-probe',
        [helper.make_tensor_value_info('image', TensorProto.FLOAT, ['crops', 1, 64, 128])],
        [helper.make_tensor_value_info('logp', TensorProto.FLOAT, ['crops', 96, CLASSES])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'plate-read-probe.onnx'))


if __name__ == '__main__':
    main()
