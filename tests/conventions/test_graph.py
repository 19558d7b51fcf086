"""The asset graph under snapshot: a change of it is seen, and no asset is external by accident."""

import json
from pathlib import Path

import pytest

from ingest.raw_guards import GUARDED_TABLES
from orchestration.definitions import build_defs
from tests.conftest import settings_in

SNAPSHOT = Path(__file__).parent / "asset_graph.json"


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    return build_defs(settings_in(tmp_path_factory.mktemp("data"))).resolve_asset_graph()


def test_the_graph_is_the_one_agreed_on(graph):
    """To accept a change, replace the snapshot by the printed graph."""
    found = {
        key.to_user_string(): sorted(
            parent.to_user_string() for parent in graph.get(key).parent_keys
        )
        for key in sorted(graph.get_all_asset_keys())
    }
    printed = json.dumps(found, indent=1)
    assert found == json.loads(SNAPSHOT.read_text()), printed


def test_no_asset_is_external(graph):
    assert [key.to_user_string() for key in graph.external_asset_keys] == []


def test_every_asset_has_a_group_an_owner_and_a_description(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name != "default", key
        assert node.owners, key
        assert node.description, key
        assert node.kinds, key


def test_the_guards_of_every_raw_table_block(graph):
    blocking = {
        key.asset_key.path[-1]
        for key in graph.asset_check_keys
        if graph.get_check_spec(key).blocking and key.name.endswith("_hold_every_guard")
    }
    assert blocking == set(GUARDED_TABLES)
