"""What an attacker with one of the keys, a flood, or good timing would try."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

from imprint.registry.authority.passwords import hash_password, is_password

PASSWORD = "correct horse battery"


class TestPasswords:
    def test_four_checks_of_passwords_at_once_end(self):
        stored = hash_password(PASSWORD, salt=b"s" * 16)
        pool = ThreadPoolExecutor(4)

        checks = [pool.submit(is_password, PASSWORD, stored) for _ in range(4)]

        done, _ = wait(checks, timeout=30)
        pool.shutdown(wait=False)
        assert [check.result() for check in done] == [True] * 4
