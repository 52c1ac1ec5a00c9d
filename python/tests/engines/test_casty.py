"""casty: a cluster of two nodes in two processes, whose actors send each other functions."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import cases

cases.load(globals())
DISTRIBUTIONS = ("casty",)

NODE = '''
import asyncio, sys
from dataclasses import dataclass
from typing import Any

from brinery.integrations.casty import BrinerySerializer
from casty import Behaviors, ClusteredActorSystem, ServiceKey

KEY = ServiceKey("worker")

@dataclass(frozen=True)
class Call:
    function: Any
    arguments: tuple
    reply_to: Any

def worker():
    async def receive(context, call):
        try:
            answer = True, call.function(*call.arguments)
        except Exception as error:
            answer = False, error
        call.reply_to.tell(answer)
        return Behaviors.same()
    return Behaviors.receive(receive)

def node(name, port, seed):
    return ClusteredActorSystem(
        name="brinery", host="127.0.0.1", port=port, node_id=name, seed_nodes=((("127.0.0.1", seed),)),
        serializer=BrinerySerializer())

async def main():
    async with node("worker", int(sys.argv[1]), int(sys.argv[2])) as system:
        system.spawn(Behaviors.discoverable(worker(), key=KEY), "worker")
        await asyncio.Event().wait()

if __name__ == "__main__":
    # Messages are of the module that both import.
    import brinery_test_node
    asyncio.run(brinery_test_node.main())
'''


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Casty(cases.Cases, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp()
        with open(os.path.join(cls.folder, "brinery_test_node.py"), "w") as file:
            file.write(NODE)
        sys.path.insert(0, cls.folder)
        import brinery_test_node

        cls.node = brinery_test_node
        cls.loop = asyncio.new_event_loop()
        cls.thread = threading.Thread(target=cls.loop.run_forever)
        cls.thread.start()
        cls.port = free_port()
        cls.system = brinery_test_node.node("client", cls.port, cls.port)
        cls.do(cls.system.__aenter__())
        cls.start()

    @classmethod
    def start(cls):
        cls.worker = subprocess.Popen(
            [sys.executable, os.path.join(cls.folder, "brinery_test_node.py"), str(free_port()), str(cls.port)],
            stderr=subprocess.DEVNULL,
        )
        cls.do(cls.system.wait_for(2, timeout=60))
        cls.ref = cls.do(cls.find())

    @classmethod
    async def find(cls):
        from casty import Find

        while True:
            listing = await cls.system.ask(
                cls.system.receptionist, lambda ref: Find(key=cls.node.KEY, reply_to=ref), timeout=10
            )
            for instance in listing.instances:
                return instance.ref
            await asyncio.sleep(0.05)

    @classmethod
    def do(cls, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, cls.loop).result(timeout=100)

    @classmethod
    def tearDownClass(cls):
        cls.worker.kill()
        cls.worker.wait()
        cls.do(cls.system.__aexit__(None, None, None))
        cls.loop.call_soon_threadsafe(cls.loop.stop)
        cls.thread.join(30)
        sys.path.remove(cls.folder)
        shutil.rmtree(cls.folder)

    def call(self, fn, *args):
        done, result = self.do(self.system.ask(self.ref, lambda ref: self.node.Call(fn, args, ref), timeout=60))
        if not done:
            raise result
        return result

    def test_install(self):
        """casty's own serializer for functions, by this package."""
        import brinery

        brinery.install("casty")
        try:
            from casty.remote.extras import CloudPickleSerializer

            serializer = CloudPickleSerializer()
            pair = serializer.deserialize(serializer.serialize(counter()))
            pair.x()
            self.assertEqual(pair.y(), 1)
        finally:
            brinery.uninstall()

    def test_z_a_worker_dies(self):
        """It comes last: the cluster would need minutes to find out."""
        self.worker.kill()
        self.worker.wait()
        with self.assertRaises(TimeoutError):
            self.do(self.system.ask(self.ref, lambda ref: self.node.Call(scaled, (1,), ref), timeout=2))


if __name__ == "__main__":
    cases.run("casty")
