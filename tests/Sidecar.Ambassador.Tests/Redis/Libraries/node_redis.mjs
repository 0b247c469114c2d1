// Everyday calls with node-redis in RESP3, or writes until told to stop. What they gave is printed as JSON.
import { createClient } from 'redis';
import { createInterface } from 'node:readline';

const [port, work] = [Number(process.argv[2]), process.argv[3]];
const connect = options => createClient({ socket: { port, host: '127.0.0.1' }, RESP: 3, ...options }).on('error', () => {}).connect();

const calls = async () => {
    const client = await connect({ name: 'node' });
    const seen = {};
    const see = async (name, call) => { try { seen[name] = await call(); } catch (error) { seen[name] = `${error.name}: ${error.message}`; } };
    const tripled = pipe => { for (let n = 0; n < 100; n++) pipe.incr('{t}p').get('{t}p').rPush('{t}l', String(n)); return pipe; };

    await see('set', () => client.set('k', 'grün'));
    await see('get', () => client.get('k'));
    await see('missing', () => client.get('nothing'));
    await see('mset', () => client.mSet({ a: '1', b: '2', c: '3' }));
    await see('mget', () => client.mGet(['a', 'b', 'nothing', 'c']));
    await see('incr', () => client.incrBy('n', 41));
    await see('hset', () => client.hSet('h', { x: '1', y: '2' }));
    await see('hgetall', () => client.hGetAll('h'));
    await see('zrange', async () => [await client.zAdd('z', [{ score: 1, value: 'one' }, { score: 2.5, value: 'two' }]), await client.zRangeWithScores('z', 0, -1)]);
    await see('wrong type', () => client.lPush('k', '1'));
    await see('unknown', () => client.sendCommand(['NOSUCH', 'x']));
    await see('large', async () => [await client.set('big', 'x'.repeat(3e6)), (await client.get('big')).length]);
    await see('pipeline', () => tripled(client.multi()).execAsPipeline());
    await see('transaction', () => tripled(client.multi()).exec());
    await see('watched', async () => {
        const other = await connect();
        await client.watch('{t}w');
        await other.set('{t}w', 'changed');
        other.destroy();
        return client.multi().set('{t}w', 'mine').exec();
    });
    await see('script', () => client.eval('return {redis.call("GET", KEYS[1]), ARGV[1]}', { keys: ['a'], arguments: ['x'] }));
    await see('scan', async () => { const keys = new Set(); for await (const some of client.scanIterator({ MATCH: '*' })) some.forEach(key => keys.add(key)); return [...keys].sort(); });
    await see('blocked', async () => {
        const waiting = await connect();
        const found = waiting.blPop('queue', 5);
        setTimeout(() => client.rPush('queue', 'job'), 200);
        const got = await found;
        waiting.destroy();
        return got;
    });
    await see('pubsub', async () => {
        const listening = await connect();
        let heard;
        const message = new Promise(resolve => { heard = resolve; });
        await listening.subscribe('news', heard);
        const told = await client.publish('news', 'hello');
        const got = await message;
        listening.destroy();
        return [told, got];
    });
    await see('stream', async () => [await client.xAdd('s', '1-1', { f: '1' }), await client.xRead({ key: 's', id: '0' }, { BLOCK: 1000 })]);
    await see('name', () => client.clientGetName());
    if (work === 'calls')
        await see('database', async () => { const third = await connect({ database: 3 }); await third.set('k', '3'); const got = [await third.get('k'), await client.dbSize()]; third.destroy(); return got; });
    console.log(JSON.stringify(seen));
    await client.close();
};

const writes = async () => {
    let isTold = false, written = 0;
    const failed = [];
    createInterface({ input: process.stdin }).on('line', () => { isTold = true; });
    const client = await connect();
    for (let isLast = false; !isLast;) {
        // One more behind the word that the other master is there.
        isLast = isTold;
        try { await client.set('node', String(written)); written++; } catch (error) { failed.push(error.message); }
        if (written === 1)
            console.log('began');
    }
    console.log(JSON.stringify({ failed: failed.slice(0, 5), written: written > 1 }));
    process.exit(0);
};

await (work === 'writes' ? writes() : calls());
