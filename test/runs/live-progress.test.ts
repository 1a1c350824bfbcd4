import t from 'tap';
import { liveProgress } from '../../src/runs/live-progress.ts';
import type { Epoch } from '../../src/training/epoch.ts';
import { DEFAULT_SETTINGS } from '../../src/training/settings.ts';

/** 100 images in batches of 32: 32, 32, 32 and 4. */
const settings = { ...DEFAULT_SETTINGS, epochs: 10, batchsize: 32 };
const counted = { imagesPerEpoch: 100, loss: 0.5, accuracy: 0.75 };
const epoch = (seconds: number) => ({ seconds }) as Epoch;

t.test('nothing is known while the data are read', async (t) => {
  const progress = liveProgress(
    { imagesPerEpoch: 0, steps: 0, seconds: 0, loss: 0, accuracy: 0 },
    settings,
    [],
  );
  const unknown = { loss: null, accuracy: null, imagesPerSecond: null, secondsLeft: null };
  t.same(progress, { epoch: 1, batch: 0, batches: 0, ...unknown, share: 0 });
});

t.test('nor before the first batch, but how many there are', async (t) => {
  t.match(liveProgress({ ...counted, steps: 0, seconds: 0 }, settings, []), {
    batch: 0,
    batches: 4,
    loss: null,
  });
});

t.test('in the first epoch the batches so far tell what is to come', async (t) => {
  // 2 of 40 batches took 1 s, 64 images: 38 batches are left, at half a second each.
  t.same(liveProgress({ ...counted, steps: 2, seconds: 1 }, settings, []), {
    epoch: 1,
    batch: 2,
    batches: 4,
    loss: 0.5,
    accuracy: 0.75,
    imagesPerSecond: 64,
    secondsLeft: 19,
    share: 0.05,
  });
});

t.test('later the finished epochs do, with their validation', async (t) => {
  // 3 of 10 epochs and one batch of four are done; an epoch takes 5 s as a mean, so 6.75 of them take 33.75 s.
  const progress = liveProgress({ ...counted, steps: 13, seconds: 6.64 }, settings, [
    epoch(4),
    epoch(6),
    epoch(5),
  ]);
  t.match(progress, { epoch: 4, batch: 1, secondsLeft: 33.75, share: 0.325 });
  t.equal(progress.imagesPerSecond, 332 / 6.64);
});

t.test('an epoch that is being validated is at its last batch, the ragged one', async (t) => {
  const progress = liveProgress({ ...counted, steps: 4, seconds: 2 }, settings, []);
  t.match(progress, { epoch: 1, batch: 4, imagesPerSecond: 50, share: 0.1 });
});

t.test('the end', async (t) => {
  t.match(liveProgress({ ...counted, steps: 40, seconds: 20 }, settings, [epoch(2)]), {
    epoch: 10,
    batch: 4,
    secondsLeft: 0,
    share: 1,
  });
});

t.test('a run that was gone on with counts the epochs from before', async (t) => {
  // 6 epochs were done; 6 batches of this thread took 3 s, so epoch 8 is at its second batch; 2.5 epochs of 4 s are left.
  const finished = [epoch(4)];
  const progress = liveProgress({ ...counted, steps: 6, seconds: 3 }, settings, finished, 6);
  t.match(progress, { epoch: 8, batch: 2, share: 0.75, secondsLeft: 10 });
  t.equal(progress.imagesPerSecond, 164 / 3);
  t.match(liveProgress({ ...counted, steps: 0, seconds: 0 }, settings, [], 7), {
    epoch: 8,
    share: 0.7,
  });
  t.equal(liveProgress({ ...counted, steps: 0, seconds: 0 }, settings, [], 10).epoch, 10);
});
