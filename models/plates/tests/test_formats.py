"""usage: /usr/bin/python3 -m unittest discover -s models/plates/tests -p 'test_formats.py'     (the standard library is enough)"""
import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import formats


class FormatTests(unittest.TestCase):
    def test_sample_brazil_and_vietnam_follow_the_published_patterns(self):
        """Brazil LLLDDDD, LLLDLDD; Vietnam DDL, DDLD, DDLL before 3 to 5 digits: the published patterns."""
        rng = random.Random(4)
        for region, pattern in (
            ('br', r'[A-Z]{3}\d[A-Z0-9]\d\d|[A-Z]{3}\d\d[A-Z]\d'),
            ('vn', r'\d\d[A-Z]{1,2}\d*|[A-Z]{2}\d{4}'),
        ):
            for _ in range(200):
                self.assertRegex(formats.sample(region, rng, False).plain, f'^(?:{pattern})$')
