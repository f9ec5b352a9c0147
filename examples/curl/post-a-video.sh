#!/usr/bin/env bash
# Posts a video with nothing but curl, to show what goes over the wire. Against the emulator:
#
#   npx greenroom-emulator --port 8085 &   # of @greenroom/emulator
#   examples/curl/post-a-video.sh examples/demo/media/greenroom-demo.mp4
#
# Against TikTok, give TIKTOK_URL=https://open.tiktokapis.com and TIKTOK_ACCESS_TOKEN; files up to 64 MB.
set -euo pipefail

file=${1:?which file?}
tiktok=${TIKTOK_URL:-http://127.0.0.1:8085}
size=$(wc -c <"$file" | tr -d ' ')
[ "$size" -le 64000000 ] || { echo 'this script sends one chunk: at most 64,000,000 bytes' >&2; exit 2; }

# The first value of a JSON key. Ids of posts are int64: cut them out as text, never through a float.
value() { sed -nE "s/.*\"$1\": ?\[?\"?([^\"],*[^\",}]*)\"?.*/\1/p" | tr -d ']' | head -n 1; }

# The token and the upload URL go to curl by its standard input, so that no other user of the machine sees them in `ps`.
call() {
  printf 'header = "Authorization: Bearer %s"\n' "$token" |
    curl -sS --config - -X POST "$tiktok$1" -H 'Content-Type: application/json; charset=UTF-8' -d "$2"
}

token=${TIKTOK_ACCESS_TOKEN:-}
if [ -z "$token" ]; then
  token=$(curl -sS "$tiktok/_emulator/tokens" -H 'Content-Type: application/json' \
    -d '{"client_key":"audited","username":"public_creator"}' | value access_token)
fi

call /v2/post/publish/creator_info/query/ '{}' | value creator_nickname | sed 's/^/posting as /'

init=$(call /v2/post/publish/video/init/ '{
  "post_info": { "title": "sent by curl", "privacy_level": "SELF_ONLY", "disable_comment": true, "disable_duet": true, "disable_stitch": true },
  "source_info": { "source": "FILE_UPLOAD", "video_size": '"$size"', "chunk_size": '"$size"', "total_chunk_count": 1 }
}')
publish_id=$(value publish_id <<<"$init")
upload_url=$(value upload_url <<<"$init")
[ -n "$upload_url" ] || { echo "init was refused: $init" >&2; exit 1; }
echo "publish_id $publish_id"

printf 'url = "%s"\n' "$upload_url" |
  curl -sS --fail --config - -T "$file" -H 'Content-Type: video/mp4' -H "Content-Range: bytes 0-$((size - 1))/$size" -o /dev/null

for _ in $(seq 30); do
  answer=$(call /v2/post/publish/status/fetch/ "{\"publish_id\":\"$publish_id\"}")
  status=$(value status <<<"$answer")
  echo "status $status"
  case $status in
    PUBLISH_COMPLETE) exit 0 ;;
    FAILED) echo "$(value fail_reason <<<"$answer")" >&2; exit 1 ;;
  esac
  sleep 2
done
echo 'still processing: ask again later, do not send it again' >&2
