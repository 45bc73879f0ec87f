"""Fuzz entry: checkpoints of transparency logs."""

from imprint.attestations.logs.checkpoints import judge_checkpoint, parse_checkpoint
from imprint.attestations.roots import Log, Window
from imprint.refusals import Malformed
from tests.authority.keys import edwards_key

LOG = Log(
    log_id=b"\1" * 32,
    base_url="https://log.example.test",
    public_key=edwards_key("fuzz", "another log").public_key(),
    window=Window(start=0.0, end=None),
)


def one_input(data: bytes) -> None:
    """Any text is a checkpoint that this log never signed, or Malformed."""
    refused = ""
    try:
        checkpoint = parse_checkpoint(data.decode("utf-8", "replace"))
    except Malformed as err:
        refused = err.message
    else:
        assert len(checkpoint.root_hash) == 32
        assert 0 <= checkpoint.tree_size < 10**19
        assert checkpoint.signed.count(b"\n") >= 3
        rejection = judge_checkpoint(checkpoint, LOG)
        assert rejection is not None
        refused = rejection.message
    assert refused.isascii()
    assert refused.isprintable()
