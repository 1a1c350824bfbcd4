/**
 * Loaded into the server before it starts: tells, when asked, for how long its thread did not come round at most, and how
 * much it computed meanwhile. The second is due to what was sent, whatever else the machine has to do.
 */
const INTERVAL_MS = 1;

let longest = { wall: 0, processor: 0 };
let last = { wall: performance.now(), processor: processorTime() };

/** Milliseconds that this thread has computed. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function look(): void {
  const now = { wall: performance.now(), processor: processorTime() };
  longest = {
    wall: Math.max(longest.wall, now.wall - last.wall - INTERVAL_MS),
    processor: Math.max(longest.processor, now.processor - last.processor),
  };
  last = now;
}

setInterval(look, INTERVAL_MS);
// Who asks is gone.
process.on('disconnect', () => process.exit());
process.on('message', () => {
  look();
  process.send!(longest);
  longest = { wall: 0, processor: 0 };
});
