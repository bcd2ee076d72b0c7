/** Entry of the data process, in Node and in Electron alike. */

import { servePort } from '../processes/port.js';
import { Desk } from './desk.js';
import type { DataRequest, DataTold } from './messages.js';

servePort<DataRequest, DataTold>((tell) => {
  const desk = new Desk(tell);
  return {
    run: (request, port) => desk.run(request, port),
    close: () => {
      desk.close();
    },
  };
});
