-- Adds to figures of delivery.
-- KEYS: the days.
-- ARGV: how long a day is kept, in ms; then for each figure which of the days, its name, and how much.
for i = 2, #ARGV, 3 do
  local day = KEYS[tonumber(ARGV[i])]
  local known = redis.call('HGET', day, ARGV[i + 1])
  redis.call('HSET', day, ARGV[i + 1], string.format('%.0f', tonumber(known or '0') + tonumber(ARGV[i + 2])))
end
for i = 1, #KEYS do
  redis.call('PEXPIRE', KEYS[i], ARGV[1])
end
return #KEYS
