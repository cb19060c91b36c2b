-- Forgets revocations whose time is over, a thousand at most.
-- KEYS: revocations by number, revocations by the time they may be forgotten. ARGV: now in ms.
local over = redis.call('ZRANGE', KEYS[2], '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, 1000)
for _, revocation in ipairs(over) do
  redis.call('ZREM', KEYS[1], revocation)
  redis.call('ZREM', KEYS[2], revocation)
end
return #over
