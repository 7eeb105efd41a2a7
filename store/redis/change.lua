-- One change, made as a whole or not at all.
--
-- KEYS: head, audit, then the key of each write.
-- ARGV: the head as it was read, the head it becomes, id and text of the audit
--       record, a nonce of this change, the channel, then for each write the
--       type of its key, the command, how many arguments, the arguments.
-- Returns 1 when the change was made, now or when it was sent before; 0 when
-- the head is another one.

-- Writes nothing, and is refused where the writes below would be: on a replica,
-- without memory, without a disk.
redis.call('SETRANGE', KEYS[1], 0, '')

local head = redis.call('GET', KEYS[1]) or ''
if head ~= ARGV[1] then
  local entry = redis.call('XRANGE', KEYS[2], ARGV[3], ARGV[3])[1]
  if entry and entry[2][4] == ARGV[5] then
    redis.call('SET', KEYS[1], head) -- for WAIT, which speaks of this connection's writes
    return 1
  end
  return 0
end

-- Redis does not undo what a script did before an error: all that could fail
-- is looked at before anything is written. XADD, which refuses an id that is
-- not above the last one, is the first write.
local writes, at = {}, 7
for k = 3, #KEYS do
  local has = redis.call('TYPE', KEYS[k]).ok
  if has ~= 'none' and has ~= ARGV[at] then
    return redis.error_reply('WRONGTYPE ' .. KEYS[k] .. ' is a ' .. has)
  end
  local last = at + 2 + tonumber(ARGV[at + 2])
  writes[#writes + 1] = {ARGV[at + 1], KEYS[k], unpack(ARGV, at + 3, last)}
  at = last + 1
end
redis.call('XADD', KEYS[2], ARGV[3], 'record', ARGV[4], 'nonce', ARGV[5])
for _, write in ipairs(writes) do
  redis.call(unpack(write))
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[6], ARGV[3])
return 1
