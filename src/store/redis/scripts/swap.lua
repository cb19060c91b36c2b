-- Writes records if every one still has its version, else none. A record is "<version> <body>".
-- KEYS: the records, then by choice the index of a user's sessions.
-- ARGV: how many records; for each the version it must have, its life in ms (0: for ever) and what it becomes;
--       then by choice the session's id and the least life of the index.
local count = tonumber(ARGV[1])
for i = 1, count do
  local version = string.match(redis.call('GETRANGE', KEYS[i], 0, 20), '^%d+') or '0'
  if version ~= ARGV[3 * i - 1] then return 0 end
end
for i = 1, count do
  local life = ARGV[3 * i]
  if life == '0' then
    redis.call('SET', KEYS[i], ARGV[3 * i + 1])
  else
    redis.call('SET', KEYS[i], ARGV[3 * i + 1], 'PX', life)
  end
end
local index = KEYS[count + 1]
if index then
  local life = ARGV[3 * count + 3]
  redis.call('SADD', index, ARGV[3 * count + 2])
  if redis.call('PTTL', index) < tonumber(life) then redis.call('PEXPIRE', index, life) end
end
return 1
