// Everyday calls with ioredis, or writes until told to stop. What they gave is printed as JSON.
import Redis from 'ioredis';
import { createInterface } from 'node:readline';

const [port, work] = [Number(process.argv[2]), process.argv[3]];
const connect = options => new Redis({ port, ...options }).on('error', () => {});
const plain = value => Buffer.isBuffer(value) ? value.toString('latin1') : Array.isArray(value) ? value.map(plain) : value instanceof Error ? `${value.name}: ${value.message}` : value;

const calls = async () => {
    const client = connect({ connectionName: 'io' });
    const seen = {};
    const see = async (name, call) => { try { seen[name] = plain(await call()); } catch (error) { seen[name] = `${error.name}: ${error.message}`; } };
    const tripled = pipe => { for (let n = 0; n < 100; n++) pipe.incr('{t}p').get('{t}p').rpush('{t}l', n); return pipe.exec(); };

    await see('set', () => client.set('k', Buffer.from([...Array(256).keys()])));
    await see('get', () => client.getBuffer('k'));
    await see('missing', () => client.get('nothing'));
    await see('mset', () => client.mset('a', 1, 'b', 2, 'c', 3));
    await see('mget', () => client.mget('a', 'b', 'nothing', 'c'));
    await see('incr', () => client.incrby('n', 41));
    await see('hset', () => client.hset('h', { x: 1, y: 2 }));
    await see('hgetall', () => client.hgetall('h'));
    await see('zrange', async () => [await client.zadd('z', 1, 'one', 2.5, 'two'), await client.zrange('z', 0, -1, 'WITHSCORES')]);
    await see('wrong type', () => client.lpush('k', 1));
    await see('unknown', () => client.call('NOSUCH', 'x'));
    await see('large', async () => [await client.set('big', 'x'.repeat(3e6)), (await client.get('big')).length]);
    await see('pipeline', () => tripled(client.pipeline()));
    await see('transaction', () => tripled(client.multi()));
    await see('watched', async () => {
        const other = connect();
        await client.watch('{t}w');
        await other.set('{t}w', 'changed');
        other.disconnect();
        return client.multi().set('{t}w', 'mine').exec();
    });
    client.defineCommand('pair', { numberOfKeys: 1, lua: 'return {redis.call("GET", KEYS[1]), ARGV[1]}' });
    await see('script', async () => [await client.pair('a', 'x'), await client.pair('b', 'y')]);
    await see('scan', async () => { const keys = new Set(); for await (const some of client.scanStream({ match: '*' })) some.forEach(key => keys.add(key)); return [...keys].sort(); });
    await see('blocked', async () => {
        const waiting = connect();
        const found = waiting.blpop('queue', 5);
        setTimeout(() => client.rpush('queue', 'job'), 200);
        const got = await found;
        waiting.disconnect();
        return got;
    });
    await see('pubsub', async () => {
        const listening = connect();
        const heard = new Promise(resolve => { const all = []; const add = one => { all.push(one); if (all.length === 2) resolve(all); }; listening.on('message', (_, text) => add(['message', text])); listening.on('pmessage', (_, __, text) => add(['pmessage', text])); });
        await listening.subscribe('news');
        await listening.psubscribe('n*');
        const told = await client.publish('news', 'hello');
        const all = await heard;
        listening.disconnect();
        return [told, all];
    });
    await see('stream', async () => [await client.xadd('s', '1-1', 'f', 1), await client.xread('BLOCK', 1000, 'STREAMS', 's', '0')]);
    await see('name', () => client.client('GETNAME'));
    if (work === 'calls')
        await see('database', async () => { const third = connect({ db: 3 }); await third.set('k', 3); const got = [await third.get('k'), await client.dbsize()]; third.disconnect(); return got; });
    await see('quit', () => client.quit());
    console.log(JSON.stringify(seen));
};

const writes = async () => {
    let isTold = false, written = 0;
    const failed = [];
    createInterface({ input: process.stdin }).on('line', () => { isTold = true; });
    const client = connect();
    for (let isLast = false; !isLast;) {
        // One more behind the word that the other master is there.
        isLast = isTold;
        try { await client.set('io', written); written++; } catch (error) { failed.push(error.message); }
        if (written === 1)
            console.log('began');
    }
    console.log(JSON.stringify({ failed: failed.slice(0, 5), written: written > 1 }));
    client.disconnect();
    process.exit(0);
};

await (work === 'writes' ? writes() : calls());
