-- Takes from all allowances or from none: `Quota::take` of the domain, number for number. An allowance is "<since> <units>".
-- KEYS: one for each draw; the same may stand there twice.
-- ARGV: now, the clocks' tolerance and how long a closed window is kept, in ms; for each draw its limit, its window in ms,
--       its units and whether it is spent (1) or only looked at (0).
-- Gives nothing when all was taken, else which draw was short (from 1) and for how many ms.
local now, step, after = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local there, held, changed = redis.call('MGET', unpack(KEYS)), {}, {}
for i, key in ipairs(KEYS) do
  local limit, per, units = tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 1]), tonumber(ARGV[4 * i + 2])
  local used = held[key]
  if not used then
    local since, sum = string.match(there[i] or '0 0', '^(-?%d+) (%d+)$')
    used = { since = tonumber(since), units = tonumber(sum) }
  end
  local over = now >= used.since + per or now < used.since - step
  local since, sum = used.since, used.units
  if over then since, sum = now, 0 end
  if sum + units > limit then return { i, math.max(since + per - now, 1000) } end
  if ARGV[4 * i + 3] == '1' then
    held[key] = { since = since, units = sum + units }
    changed[key] = math.max(since + per - now, 0) + after
  end
end
for key, life in pairs(changed) do
  local used = held[key]
  redis.call('SET', key, string.format('%.0f %.0f', used.since, used.units), 'PX', string.format('%.0f', life))
end
return {}
