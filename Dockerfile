FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin duban \
    && install -d -o duban -g duban -m 0700 /data

WORKDIR /opt/duban
COPY requirements.txt ./
RUN pip install -r requirements.txt
COPY . .
RUN pip install --no-deps .

USER duban
WORKDIR /data
ENV DUBAN_DATA_DIR=/data DUBAN_API_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
CMD ["duban", "api"]
