# Mojika's environment. run.sh builds it, mounts the checkout over /mojika and runs as the caller.
ARG BASE=docker.io/library/python:3.11-slim-bookworm
# The base is chosen by whoever builds: with --build-arg BASE=… also one without Python.
# hadolint ignore=DL3006
FROM ${BASE}
WORKDIR /mojika

# g++ and Python's headers are for torch.compile, git for the commit that a run records.
COPY packages.txt ./
RUN apt-get update \
 && { echo ca-certificates g++ git; \
      command -v python3 >/dev/null || echo python3-dev python3-venv; \
      grep -v '^#' packages.txt; } > /tmp/packages \
 && DEBIAN_FRONTEND=noninteractive xargs --arg-file=/tmp/packages apt-get install --yes --no-install-recommends \
 && rm -rf /var/lib/apt/lists/* /tmp/packages

# With TORCH_INDEX, PyTorch comes from that wheel index, whose builds are called 2.13.0+cpu, 2.13.0+cu126 or the like.
ARG TORCH_INDEX=
ENV VIRTUAL_ENV=/opt/mojika PATH=/opt/mojika/bin:$PATH
COPY requirements.txt ./
RUN python3 -m venv "$VIRTUAL_ENV" \
 && case "$TORCH_INDEX" in \
      '') ;; \
      */cpu) sed -i -E 's/^((torch|torchvision)===.*)/\1+cpu/' requirements.txt ;; \
      *) sed -i -E 's/^(torch|torchvision)===/\1==/' requirements.txt ;; \
    esac \
 && pip install --no-cache-dir ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --requirement requirements.txt

# With any DEV, also what tests and lint need.
ARG DEV=
COPY requirements-dev.txt ./
RUN if [ -n "$DEV" ]; then pip install --no-cache-dir --requirement requirements-dev.txt; fi

# The caller's user has no name in the image, hence the prompt without one.
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
 && mkdir --parents input/cache/home models \
 && chmod --recursive a+rwX input models \
 && echo "PS1='mojika:\\w\\$ '" >> /etc/bash.bashrc

# Caches and the shell's history live in the mounted input/, so that they survive the container.
ENV USER=mojika \
    HOME=/mojika/input/cache/home \
    XDG_CACHE_HOME=/mojika/input/cache \
    TORCH_HOME=/mojika/input/cache/torch \
    HF_HOME=/mojika/input/cache/huggingface \
    TORCHINDUCTOR_CACHE_DIR=/mojika/input/cache/torchinductor \
    TRITON_CACHE_DIR=/mojika/input/cache/triton \
    MPLCONFIGDIR=/mojika/input/cache/matplotlib \
    PYTHONUNBUFFERED=1 \
    OMP_WAIT_POLICY=passive
USER 1000
CMD ["bash"]
