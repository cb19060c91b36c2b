-- Writes down last uses, each under the next number; a later one that is known stays.
-- KEYS: the uses, the numbers they were written down under, the counter.
-- ARGV: pairs of session and scope, and when, in ms.
for i = 1, #ARGV, 2 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  if not known or tonumber(known) < tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), ARGV[i])
  end
end
return #ARGV / 2
