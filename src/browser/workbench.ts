/** All scripts of the page. Each part finds its elements by data attribute, again after htmx swapped new ones in. */
import { mountCompareButton, updateCompareButton } from './compare-button.ts';
import { mountComparisonCharts } from './comparison-chart.ts';
import { mountConnection } from './connection.ts';
import { mountCopyButtons } from './copy-buttons.ts';
import { mountDevReload } from './dev-reload.ts';
import { mountDigitPads } from './digit-pad.ts';
import { keepFocus } from './focus.ts';
import { mountFollowing } from './following.ts';
import { mountFormLabels } from './form-labels.ts';
import { mountHistoryCharts } from './history-chart.ts';
import { loadInside } from './load-inside.ts';
import { showLocalTimes } from './local-times.ts';
import { mountPictureUploads } from './picture-upload.ts';

mountDevReload();
mountConnection();
keepFocus();
mountFollowing();
mountCompareButton();
mountAll();
document.addEventListener('htmx:after:swap', mountAll);

function mountAll(): void {
  mountDigitPads();
  mountPictureUploads();
  mountFormLabels();
  mountHistoryCharts();
  mountCopyButtons();
  mountComparisonCharts();
  updateCompareButton();
  showLocalTimes();
  loadInside();
}
