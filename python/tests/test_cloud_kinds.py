"""Whatever kind of function or class works with cloudpickle works with `brinery.cloudpickle`, and more do."""

import unittest

import cloud_kinds


class Kinds(unittest.TestCase):
    def test_matrix(self):
        results = cloud_kinds.matrix(cloud_kinds.PAIRS)
        stock = results["cloudpickle", "cloudpickle"][0]
        self.assertGreater(len(stock), 250)
        for (writer, loader), (right, wrong) in results.items():
            with self.subTest(writer=writer, loader=loader):
                lost = {name: wrong[name] for name in stock - right}
                self.assertEqual(lost, {})
                if writer == "brinery":
                    self.assertGreaterEqual(len(right), len(stock) + 30)


if __name__ == "__main__":
    unittest.main()
