"""Everyday calls with redis-py, or writes until told to stop. What they gave is printed as JSON."""
import json
import sys
import threading
import redis

port, work = int(sys.argv[1]), sys.argv[2]


def plain(value):
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (list, tuple, set)):
        return [plain(one) for one in (sorted(value) if isinstance(value, set) else value)]
    if isinstance(value, dict):
        return {str(plain(key)): plain(one) for key, one in sorted(value.items())}
    return value


def calls():
    client = redis.Redis(port=port, client_name="py")
    seen = {}

    def see(name, call):
        try:
            seen[name] = plain(call())
        except redis.RedisError as error:
            seen[name] = f"{type(error).__name__}: {error}"

    see("set", lambda: client.set("k", bytes(range(256))))
    see("get", lambda: client.get("k"))
    see("missing", lambda: client.get("nothing"))
    see("mset", lambda: client.mset({"a": 1, "b": 2, "c": 3}))
    see("mget", lambda: client.mget("a", "b", "nothing", "c"))
    see("incr", lambda: client.incrby("n", 41))
    see("hset", lambda: client.hset("h", mapping={"x": 1, "y": 2}))
    see("hgetall", lambda: client.hgetall("h"))
    see("zadd", lambda: client.zadd("z", {"one": 1, "two": 2.5}))
    see("zrange", lambda: client.zrange("z", 0, -1, withscores=True))
    see("wrong type", lambda: client.lpush("k", 1))
    see("unknown", lambda: client.execute_command("NOSUCH", "x"))
    see("expire", lambda: (client.set("e", 1, ex=100), client.ttl("e") > 90))
    see("large", lambda: (client.set("big", b"x" * 3_000_000), len(client.get("big"))))

    def pipelined(is_transaction):
        pipe = client.pipeline(transaction=is_transaction)
        for number in range(100):
            pipe.incr("{t}p").get("{t}p").rpush("{t}l", number)
        return pipe.execute()

    see("pipeline", lambda: pipelined(False))
    see("transaction", lambda: pipelined(True))

    def watched():
        with client.pipeline() as pipe:
            pipe.watch("{t}w")
            client.set("{t}w", "changed")
            pipe.multi()
            pipe.set("{t}w", "mine")
            return pipe.execute()

    see("watched", watched)
    script = client.register_script("return {redis.call('GET', KEYS[1]), ARGV[1]}")
    see("script", lambda: script(keys=["a"], args=["x"]))
    see("scan", lambda: sorted(client.scan_iter("*")))

    def blocked():
        pushing = threading.Timer(0.2, lambda: redis.Redis(port=port).rpush("queue", "job"))
        pushing.start()
        found = client.blpop("queue", timeout=5)
        pushing.join()
        return found

    see("blocked", blocked)
    see("in vain", lambda: client.blpop("queue", timeout=1))

    def heard():
        listening = client.pubsub(ignore_subscribe_messages=True)
        listening.subscribe("news")
        listening.psubscribe("n*")
        while listening.get_message(timeout=0.2):
            pass
        told = client.publish("news", "hello")
        messages = []
        while len(messages) < 2:
            message = listening.get_message(timeout=5)
            if message:
                messages.append([message["type"], message["data"]])
        listening.close()
        return [told, messages]

    see("pubsub", heard)
    see("stream", lambda: (client.xadd("s", {"f": 1}, id="1-1"), client.xread({"s": "0"}, block=1000)))
    see("name", lambda: client.client_getname())
    if work == "calls":
        see("database", lambda: (redis.Redis(port=port, db=3).set("k", 3), redis.Redis(port=port, db=3).get("k"), client.dbsize()))
    print(json.dumps(seen, sort_keys=True))


def writes():
    told = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), told.set()), daemon=True).start()
    client, written, failed, is_last = redis.Redis(port=port), 0, [], False
    while not is_last:
        # One more behind the word that the other master is there.
        is_last = told.is_set()
        try:
            client.set("py", written)
            written += 1
        except redis.RedisError as error:
            failed.append(str(error))
        if written == 1:
            print("began", flush=True)
    print(json.dumps({"failed": failed[:5], "written": written > 1}))


writes() if work == "writes" else calls()
