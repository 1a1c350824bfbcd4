/** Shows the server's UTC times in this machine's time zone; the tooltip keeps the UTC time. */
export function showLocalTimes(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[datetime]')) {
    const text = localTime(new Date(time.dateTime));
    if (text === null || time.textContent === text) continue;
    time.title = time.textContent ?? '';
    time.textContent = text;
  }
}

/** "2026-11-22 21:05"; null for anything but a time. */
function localTime(date: Date): string | null {
  if (Number.isNaN(date.getTime())) return null;
  const two = (number: number) => String(number).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
