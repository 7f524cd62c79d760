"""Fits and judges scikit-learn's forest for forecast.ts: a line of JSON in, a line of JSON out. One core."""
import json
import sys
import time

import numpy
import sklearn
from sklearn.ensemble import RandomForestRegressor

folder, rows, features = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def load(name):
    table = numpy.fromfile(f"{folder}/{name}.f64").reshape(features + 1, rows)
    return numpy.ascontiguousarray(table[:features].T.astype(numpy.float32)), table[features]


train_x, train_y = load("train")
test_x, test_y = load("test")
print(json.dumps({"version": sklearn.__version__, "numpy": numpy.__version__}), flush=True)
for line in sys.stdin:
    options = json.loads(line)
    forest = RandomForestRegressor(
        n_estimators=options["trees"],
        max_features=options["featuresPerSplit"],
        min_samples_leaf=options["minLeaf"],
        bootstrap=True,
        n_jobs=1,
        random_state=options["seed"],
    )
    began = time.perf_counter()
    cpu_began = time.process_time()
    forest.fit(train_x, train_y)
    cpu_seconds = time.process_time() - cpu_began
    seconds = time.perf_counter() - began
    nodes = sum(tree.tree_.node_count for tree in forest.estimators_)
    print(json.dumps({"seconds": seconds, "cpuSeconds": cpu_seconds, "r2": forest.score(test_x, test_y), "nodes": nodes}), flush=True)
