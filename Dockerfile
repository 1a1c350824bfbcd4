# syntax=docker/dockerfile:1
# Build: everything npm needs, the kernels, the server and the page's scripts.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
# The image's own Node runs the build: npm's "node" package is for machines with an older one.
# tfjs-node is no use without its native library; sharp's comes as optional packages, which are kept.
RUN node scripts/build.ts && npm ci --omit=dev --ignore-scripts && rm -rf node_modules/@tensorflow/tfjs-node \
  && node -e "import('sharp')"

# Run: no compiler, no build tool, no source.
FROM node:24-bookworm-slim
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
