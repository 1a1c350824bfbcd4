# syntax=docker/dockerfile:1
# docker build .                        the workbench
# docker build --target tensorflow .    the same with the tensorflow engine

# Everything npm needs, the kernels, the server and the page's scripts.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
# The image's own Node runs the build: npm's "node" package is for machines with an older one.
RUN node scripts/build.ts
# tfjs-node and the 200 packages it draws in are no use without its library, the build's tools have done their work, and what
# pages need of the last two is in static/vendor. `--omit=optional` would leave sharp's library out as well: that all of it
# still loads is tried.
RUN npm uninstall --no-save --omit=dev --ignore-scripts \
    @tensorflow/tfjs-node @tensorflow/tfjs-core @types/negotiator @types/node @types/pg assemblyscript esbuild node typescript chart.js htmx.org \
  && sh scripts/remove-unused-files.sh node_modules \
  && DATA_DIR=/tmp node --input-type=module -e "for (const name of ['./dist/app.js', 'sharp', 'h5wasm/node']) await import(name)"

# No compiler, no build tool, no source.
FROM node:24-bookworm-slim AS workbench
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATA_DIR=/data
# What reading pictures took is given back to the system: the C library keeps twice as much otherwise.
ENV MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/static static
COPY --from=build /app/views views
COPY --from=build /app/weights weights
COPY --from=build /app/package.json ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server.js"]

FROM build AS tensorflow-build
RUN apt-get update && apt-get install -y --no-install-recommends g++ python3-pip
RUN sh scripts/tensorflow/download-wheel.sh /wheel
RUN TENSORFLOW_DIR=/opt/tensorflow node scripts/tensorflow-install.ts /wheel \
  && cd /opt/tensorflow/node_modules \
  && strip --strip-unneeded @tensorflow/tfjs-node/deps/lib/*.so.2 \
  && rm -r @tensorflow/tfjs-node/deps/include node-api-headers yauzl \
  && sh /app/scripts/remove-unused-files.sh . \
  && cd /app && TENSORFLOW_DIR=/opt/tensorflow node scripts/tensorflow/trial.ts

FROM workbench AS tensorflow
COPY --from=tensorflow-build /opt/tensorflow /opt/tensorflow
ENV TENSORFLOW_DIR=/opt/tensorflow

# The last stage is the one that is built when none is named.
FROM workbench
