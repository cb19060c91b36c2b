-- Writes down a revocation once, under the next number, and tells every node. Saying it again changes nothing.
-- KEYS: the counter, revocations by number, revocations by the time they may be forgotten.
-- ARGV: the revocation, that time in ms, the channel.
if redis.call('ZSCORE', KEYS[2], ARGV[1]) then return 0 end
local number = redis.call('INCR', KEYS[1])
redis.call('ZADD', KEYS[2], number, ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
redis.call('PUBLISH', ARGV[3], number)
return number
