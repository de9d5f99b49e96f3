#!/usr/bin/python3
"""Write plate-probe.onnx: a detector without training whose answers can be summed by hand, in the contract of plate-detect.

usage: /usr/bin/python3 tests/Agent/Plates/make_probe.py            writes the file beside this script

Each cell of 8 x 8 pixels says what its mean color says: max(0, red - 114) / 141 is the score (so that letterbox bars have
none), green half the width and blue half the height of the box in input pixels around the cell's center; the corners are
the box's. Height and width are free.
"""
import os

import onnx
from onnx import TensorProto, helper


def main() -> None:
    nodes = [
        helper.make_node('AveragePool', ['image'], ['mean'], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node('Split', ['mean'], ['red', 'green', 'blue'], axis=1),
        helper.make_node('Sub', ['red', 'bar'], ['above']),
        helper.make_node('Relu', ['above'], ['positive']),
        helper.make_node('Div', ['positive', 'range'], ['score']),
        helper.make_node('Concat', ['green', 'blue', 'green', 'blue'], ['box'], axis=1),
        helper.make_node('Neg', ['green'], ['left']),
        helper.make_node('Neg', ['blue'], ['top']),
        helper.make_node(
            'Concat', ['left', 'top', 'green', 'top', 'green', 'blue', 'left', 'blue'], ['corners'], axis=1),
    ]
    graph = helper.make_graph(
        nodes, 'plate-probe',
        [helper.make_tensor_value_info('image', TensorProto.FLOAT, [1, 3, 'height', 'width'])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, 'rows', 'columns'])
         for name, channels in (('score', 1), ('box', 4), ('corners', 8))],
        [helper.make_tensor('bar', TensorProto.FLOAT, [1], [114.0]),
         helper.make_tensor('range', TensorProto.FLOAT, [1], [141.0])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 14)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'plate-probe.onnx'))


if __name__ == '__main__':
    main()
