-- Hands parked bytes out for good, unless they were parked before the store changed hands: then they may have been handed
-- out already, and stay. What is parked is "<when> <bytes>".
-- KEYS: where they lie. ARGV: what was parked until then, in ms, stays.
local parked = redis.call('GET', KEYS[1])
if not parked then return false end
if tonumber(string.match(parked, '^%d+')) <= tonumber(ARGV[1]) then return false end
redis.call('DEL', KEYS[1])
return parked
