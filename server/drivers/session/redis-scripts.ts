// What redis.ts runs on the server, where nothing comes between reading and writing. Each touches one key, so that it runs in a
// Cluster as well, and may run twice: a command whose answer was lost is sent again.

/** KEYS: session; ARGV: record, sealed, version, created, expires, idle, life ms. 0 when the id is taken by another record. */
export const createSession = `
if redis.call('EXISTS', KEYS[1]) == 1 then
  return redis.call('HGET', KEYS[1], 'record') == ARGV[1] and 1 or 0
end
redis.call('HSET', KEYS[1], 'record', ARGV[1], 'sealed', ARGV[2], 'version', ARGV[3],
  'seen', ARGV[4], 'expires', ARGV[5], 'idle', ARGV[6])
redis.call('PEXPIRE', KEYS[1], ARGV[7])
return 1`

/** KEYS: session; ARGV: now, ms by which a key outlives its session. */
export const touchSession = `
local at = redis.call('HMGET', KEYS[1], 'seen', 'expires', 'idle')
if not at[1] then return 0 end
local now, seen, expires, idle = tonumber(ARGV[1]), tonumber(at[1]), tonumber(at[2]), tonumber(at[3])
if now <= seen or now >= expires or now >= seen + idle then return 0 end
redis.call('HSET', KEYS[1], 'seen', ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.min(expires - now, idle) + tonumber(ARGV[2]))
return 1`

/** KEYS: session; ARGV: version, sealed. */
export const replaceSealed = `
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[2], 'version', tonumber(ARGV[1]) + 1)
return 1`

/** KEYS: index of an account; ARGV: id, expires, created, life ms. */
export const addToIndex = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1`
