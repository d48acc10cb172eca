-- POSTs the lines of the file $BODY in turn; prints one line of JSON, times in microseconds.
local requests, i = {}, 0
function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(os.getenv("BODY")) do requests[#requests + 1] = wrk.format(nil, nil, nil, line) end
end
function request()
  i = i % #requests + 1
  return requests[i]
end
function done(summary, latency, rest)
  local e = summary.errors
  io.write(string.format('JSON {"requests":%d,"us":%d,"p50":%d,"p99":%d,"bad":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
