-- Tells the uses that were written down after a number: each with when it was, in ms, and its own number.
-- KEYS: the uses, the numbers they were written down under. ARGV: the number, how many at most.
local found = redis.call('ZRANGE', KEYS[2], '(' .. ARGV[1], '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[2], 'WITHSCORES')
local told = {}
for i = 1, #found, 2 do
  told[#told + 1] = { found[i], redis.call('HGET', KEYS[1], found[i]) or '0', string.format('%.0f', found[i + 1]) }
end
return told
