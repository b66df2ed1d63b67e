"""tree_peer.py JOB TRAIN [INPUT OUTPUT]: robust scaling and a decision tree in scikit-learn, stored by joblib."""

from serving import serve
from sklearn.preprocessing import LabelEncoder, RobustScaler
from sklearn.tree import DecisionTreeClassifier


def make_bundle(table):
    features, labels = table.iloc[:, :-1], LabelEncoder()
    codes = labels.fit_transform(table.iloc[:, -1])
    scaler = RobustScaler().fit(features.to_numpy())
    model = DecisionTreeClassifier(max_depth=10, random_state=0).fit(scaler.transform(features.to_numpy()), codes)
    return {"model": model, "scaler": scaler, "label_encoder": labels, "selected_features": list(features)}


def judge(bundle, frame):
    rows = bundle["scaler"].transform(frame[bundle["selected_features"]].to_numpy())
    shares = bundle["model"].predict_proba(rows)
    return bundle["label_encoder"].inverse_transform(shares.argmax(axis=1)), shares.max(axis=1)


serve(make_bundle, lambda bundle: bundle, judge, loads=100, rows=1000)
